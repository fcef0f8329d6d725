import { expect, test } from "vitest";
import { endpoint } from "@hearth/sdk";
import { authorize, type Grant, type GrantedList } from "../../access/index.ts";
import { grantFor, ownerContext } from "../../access/testing/index.ts";
import { route } from "./route.ts";

// What a forgotten check would be: none of these may compile.

const change = endpoint({
  method: "PUT",
  path: "/things/{thing}",
  operation: "change_thing",
  summary: "Changes",
  responses: { 200: null, 304: null },
});
const watch = endpoint({
  method: "GET",
  path: "/things/{thing}/watch",
  operation: "watch_thing",
  summary: "Watches",
  socket: true,
  responses: { 200: "events" },
});
const thing = { id: "1" };
const granted = grantFor("workspace:update", thing);
const read = grantFor("workspace:read", thing);
const access = "workspace:update";

test("an answer needs the grant of the action that the route declares", () => {
  const routes = [
    route(change)({ access, handle: () => ({ status: 200, granted, body: undefined }) }),
    route(change)({ access: "public", handle: () => ({ status: 200, body: undefined }) }),
    route(change)({
      access: ["workspace:update", "workspace:read"],
      handle: () => ({ status: 200, granted: read, body: undefined }),
    }),
    // @ts-expect-error -- nothing was checked
    route(change)({ access, handle: () => ({ status: 200, body: undefined }) }),
    // @ts-expect-error -- no answer is free, not even "it is so already"
    route(change)({ access, handle: (): { status: 304; body: undefined } => ({ status: 304, body: undefined }) }),
    // @ts-expect-error -- something else was checked
    route(change)({ access, handle: () => ({ status: 200, granted: read, body: undefined }) }),
    // @ts-expect-error -- none of the several was checked
    route(change)({ access: ["workspace:stop"], handle: () => ({ status: 200, granted: read, body: undefined }) }),
    route(change)({
      access,
      // @ts-expect-error -- on one way nothing was checked
      handle: ({ params }) =>
        params.thing === "" ? { status: 304, body: undefined } : { status: 200, granted, body: undefined },
    }),
  ];

  expect(routes).toHaveLength(8);
});

test("what stays open opens for the grant of the action that the route declares", () => {
  const routes = [
    route(watch)({ access: "workspace:read", stream: (_call, open) => open(read).ping() }),
    route(watch)({ access: "workspace:read", socket: async ({ accept }) => void (await accept(read)) }),
    route(watch)({ access: "agent", socket: async ({ accept }) => void (await accept()) }),
    // @ts-expect-error -- nothing was checked
    route(watch)({ access: "workspace:read", stream: (_call, open) => open().ping() }),
    // @ts-expect-error -- something else was checked
    route(watch)({ access: "workspace:read", stream: (_call, open) => open(granted).ping() }),
    // @ts-expect-error -- nothing was checked
    route(watch)({ access: "workspace:read", socket: async ({ accept }) => void (await accept()) }),
    // @ts-expect-error -- something else was checked
    route(watch)({ access: "workspace:read", socket: async ({ accept }) => void (await accept(granted)) }),
  ];

  expect(routes).toHaveLength(7);
});

test("nothing else looks like a grant", () => {
  const ctx = ownerContext();
  const grants: Grant<"workspace:update">[] = [
    authorize(ctx, "workspace:update", thing),
    // @ts-expect-error -- the fields are there, but nobody granted it
    { action: "workspace:update", actor: ctx.actor, object: thing, again: () => undefined },
    // @ts-expect-error -- a copy is none
    Object.assign({ object: thing }, { action: granted.action, actor: granted.actor }),
    // @ts-expect-error -- the grant of a list is of its own action as well
    undefined as unknown as GrantedList<"workspace:read">, // oxlint-disable-line hearth/grant-is-used -- only its type is asked about
  ];

  expect(grants).toHaveLength(4);
});

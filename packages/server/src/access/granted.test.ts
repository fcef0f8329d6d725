import { expect, test } from "vitest";
import { silentLogger } from "@hearth/base";
import { recordingLogger } from "@hearth/base/recording-logger";
import { decide, type ResourceObject } from "./reach.ts";
import { systemActor } from "./actor.ts";
import { authorize, authorizeList, authorizeOrHide, authorizeWithin, grantIf } from "./authorize.ts";
import type { Action } from "./catalogue.ts";
import { createContext, type Context } from "./context.ts";
import type { Granted, Thing } from "./granted.ts";
import { RightMissing } from "./system-actors.ts";
import { ownerContext } from "./testing/index.ts";

const ada = "7d0b3a1e-0000-4000-8000-0000000000ad";
const bob = "7d0b3a1e-0000-4000-8000-0000000000b0";
const organizationId = "7d0b3a1e-0000-4000-8000-000000000001";
const user = (userId: string, allowList = ["*:*"]) =>
  ({
    kind: "user",
    userId,
    username: "somebody",
    roles: ["member"],
    organizationRoles: new Map([[organizationId, ["organization-member"]]]),
    customRoles: [],
    groupIds: [],
    keyId: "k",
    scopes: ["coder:all"],
    allowList,
  }) as const;
const contextOf = (actor: ReturnType<typeof user>) => createContext(actor, silentLogger, new AbortController().signal);
const workspace = { id: "7d0b3a1e-0000-4000-8000-00000000000a", ownerId: ada, organizationId };

test("a grant says who may do what to what", () => {
  const ctx = contextOf(user(ada));

  const granted = authorize(ctx, "workspace:update", workspace);

  expect(granted).toMatchObject({ action: "workspace:update", actor: ctx.actor, object: workspace });
  expect(grantIf(contextOf(user(bob)), "workspace:update", workspace)).toBeUndefined();
});

test("a grant is given again while it would be given now, and no longer", () => {
  const granted = authorize(contextOf(user(ada)), "workspace:read", workspace);

  expect(granted.again({})).toMatchObject({ action: "workspace:read", object: workspace });
  // Claimed away, or given to somebody else.
  expect(granted.again({ object: { ...workspace, ownerId: bob } })).toBeUndefined();
  // The member left its organization.
  expect(granted.again({ actor: { ...user(ada), organizationRoles: new Map(), roles: [] } })).toBeUndefined();
  expect(granted.again({ actor: { ...user(ada), scopes: ["coder:application_connect"] } })).toBeUndefined();
});

test("an owner who is one no more sees less", () => {
  const owner = ownerContext();
  const granted = authorize(owner, "workspace:read", workspace);
  const list = authorizeList(owner, "workspace:read");

  expect(granted.again({ actor: user(bob) })).toBeUndefined();
  expect(decide(list.reach, workspace)).toBe(true);
  expect(decide(list.again(user(bob)).reach, workspace)).toBe(false);
});

test("the list of what is in one thing is bound by the key alone", () => {
  const bound = contextOf(user(ada, ["api_key:abcdefghij"]));

  expect(authorizeWithin(bound, "api_key:read", { ownerId: ada })).toMatchObject({
    container: { ownerId: ada },
    ids: ["abcdefghij"],
  });
  expect(() => authorizeWithin(contextOf(user(bob)), "api_key:read", { ownerId: ada })).toThrow();
});

test.for<[string, (ctx: Context, action: Action, object: ResourceObject) => { readonly action: Action }]>([
  ["authorize", authorize],
  ["authorizeOrHide", authorizeOrHide],
  ["authorizeWithin", authorizeWithin],
])("%s refuses a part of the server by the name of the right that it lacks, and logs it", ([, ask]) => {
  const log = recordingLogger();
  const part = systemActor("agents", { site: ["workspace:read"] });
  const ctx = createContext(part, log, new AbortController().signal);

  expect(ask(ctx, "workspace:read", workspace).action).toBe("workspace:read");
  expect(log.lines).toEqual([]);
  expect(() => ask(ctx, "workspace:update", workspace)).toThrow(new RightMissing("agents", "workspace:update"));
  expect(log.lines).toMatchObject([{ level: "error", fields: { actor: "agents", right: "workspace:update" } }]);
});

test("a function that takes a thing's grant takes no other", () => {
  const rename = (granted: Granted<"workspace:update", Thing>): string => granted.object.id;
  const ctx = ownerContext();

  expect(rename(authorize(ctx, "workspace:update", workspace))).toBe(workspace.id);
  // @ts-expect-error -- granted on no thing in particular
  rename(authorize(ctx, "workspace:update", { organizationId }));
  // @ts-expect-error -- granted to look
  rename(authorize(ctx, "workspace:read", workspace));
  // @ts-expect-error -- granted on what is in an organization
  expect(() => rename(authorizeWithin(ctx, "workspace:update", { organizationId }))).toThrow();
});

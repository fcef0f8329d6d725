import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient, endpoints } from "@hearth/sdk";
import { Asking } from "./access/asking.ts";
import { questions } from "./access/questions.ts";
import { accessTable, actors, type Actor } from "./access/table.ts";
import { AccessWorld } from "./access/world.ts";

let world: AccessWorld;
let asking: Asking;

beforeAll(async () => {
  world = await AccessWorld.create();
  asking = await Asking.of(world);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const publicReadScopes = ["api_key", "file", "organization", "template", "user", "workspace"]
  .map((it) => `${it}:read`)
  .concat("user:read_personal");

describe("the table of who may ask what", () => {
  test("has a verdict on every operation of the server, one each, and on none besides", () => {
    expect(accessTable.map(({ operation }) => operation).toSorted()).toEqual([...asking.operations.keys()].toSorted());
    expect(Object.keys(questions).filter((name) => !asking.operations.has(name))).toEqual([]);
  });

  // One after the other and from the right to the left: whoever is refused asks while there is something to get.
  test.for(accessTable.map((row) => [row.operation, row] as const))("%s", async ([name, { verdicts }]) => {
    const got: Partial<Record<Actor, string>> = {};
    for (const actor of actors.toReversed()) got[actor] = await asking.verdictFor(name, actor);

    expect(got).toEqual(verdicts);
  });
});

test("lists that everybody may ask hold nothing of the holder's for another member", async () => {
  const { client, id } = world.other;

  const { workspaces } = await client.call(endpoints.workspaces.listWorkspaces, {});
  const { users } = await client.call(endpoints.users.listUsers, {});
  const tokens = await client.call(endpoints.tokens.listTokens, {
    params: { user: "me" },
    query: { include_all: true, include_expired: true },
  });

  // One of its own it has: it was asked whether it may run a command, and may.
  expect(workspaces.filter(({ owner_id }) => owner_id !== id)).toEqual([]);
  expect(users.map((user) => user.id)).toEqual([id]);
  expect(tokens.filter(({ user_id }) => user_id !== id)).toEqual([]);
});

test.for(["owner", "holder"] as const)(
  "a token of the %s's whose scopes only read changes nothing and enters no workspace",
  async (actor) => {
    const created = createClient({ url: world.deployment.url, token: world.tokenOf(actor) });
    const { key } = await created.call(endpoints.tokens.createToken, {
      params: { user: "me" },
      body: { scopes: publicReadScopes },
    });
    // What the token's bearer may do to the token itself, and a question that is a POST.
    const harmless = ["POST /api/v2/users/logout", "POST /api/v2/authcheck"];
    const changing = accessTable.filter(
      ({ operation, verdicts }) =>
        (!operation.startsWith("GET ") || /\/(dial|pty)$/.test(operation)) &&
        !harmless.includes(operation) &&
        !/^(401|409)$/.test(verdicts[actor]) &&
        verdicts.nobody === "401",
    );
    expect(changing.length).toBeGreaterThan(20);

    const answers: string[] = [];
    for (const { operation } of changing)
      answers.push(`${operation} ${await asking.verdictFor(operation, actor, key)}`);

    expect(answers.filter((answer) => !/ 40[34]$/.test(answer))).toEqual([]);
  },
);

test.for([
  ["a token that was never given", `${"a".repeat(10)}-${"b".repeat(22)}`],
  ["a token that is none", "nonsense"],
] as const)("%s is refused by every route that is not open", async ([, token]) => {
  const guarded = [...asking.operations.values()].filter(({ isOpen }) => !isOpen);
  expect(guarded.length).toBeGreaterThan(100);

  const answers = await Promise.all(
    guarded.map(async (operation) => `${operation.method} ${operation.path} ${await asking.ask(operation, token)}`),
  );

  expect(answers.filter((answer) => !answer.endsWith(" 401"))).toEqual([]);
});

test("a page of another origin opens none of the WebSockets, though the browser sends the cookie", async () => {
  // An agent's own is opened by a token that no browser carries.
  const sockets = [...asking.operations.values()].filter(
    ({ path, isWebSocket }) => isWebSocket && !path.includes("/me/"),
  );
  expect(sockets.length).toBeGreaterThan(5);
  const headers = { Cookie: `coder_session_token=${world.deployment.client.token ?? ""}` };

  const answers = await Promise.all(
    sockets.map(async (operation) => {
      const question = await questions[`${operation.method} ${operation.path}`]?.(world, "owner");
      return `${operation.path} ${await asking.upgrade(operation, { headers, origin: "https://evil.example" }, question)}`;
    }),
  );

  expect(answers.filter((answer) => !answer.endsWith(" 403"))).toEqual([]);
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { createClient, endpoints } from "@hearth/sdk";
import { questions, type Question } from "./access/questions.ts";
import { accessTable, actors, type Actor } from "./access/table.ts";
import { AccessWorld } from "./access/world.ts";

interface Operation {
  readonly method: string;
  readonly path: string;
  /** Asks for no log-in. */
  readonly isOpen: boolean;
  readonly isWebSocket: boolean;
}

let world: AccessWorld;
/** Of the server's own description: a route that comes later is among them. */
let operations: ReadonlyMap<string, Operation>;

beforeAll(async () => {
  world = await AccessWorld.create();
  operations = await readOperations();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

async function readOperations(): Promise<Map<string, Operation>> {
  const document = (await (await fetch(new URL("/api/docs/openapi.json", world.deployment.url))).json()) as {
    paths: Record<string, Record<string, { security: object[]; "x-websocket"?: true }>>;
  };
  return new Map(
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, described]) => [
        `${method.toUpperCase()} ${path}`,
        {
          method: method.toUpperCase(),
          path,
          isOpen: described.security.length === 0,
          isWebSocket: described["x-websocket"] === true,
        },
      ]),
    ),
  );
}

function urlOf(path: string, { names = {}, query = {} }: Question = {}): URL {
  const known = { ...world.names, ...names };
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = known[name];
    if (value === undefined || value === "") throw new Error(`nothing stands for {${name}}: add it to the world`);
    return value;
  });
  const url = new URL(filled, world.deployment.url);
  url.search = new URLSearchParams(query).toString();
  return url;
}

function headersOf(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { "Coder-Session-Token": token };
}

/** The status that a question got; what follows it is not read. */
async function ask({ method, path }: Operation, token: string | undefined, question: Question = {}): Promise<number> {
  const { body } = question;
  const headers = headersOf(token);
  if (body !== undefined)
    headers["Content-Type"] = body instanceof Uint8Array ? "application/x-tar" : "application/json";
  const answer = await fetch(urlOf(path, question), {
    method,
    headers,
    ...(body === undefined ? {} : { body: body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body) }),
  });
  await answer.body?.cancel();
  return answer.status;
}

/** The status that an upgrade got: 101 when the socket opened. */
async function upgrade(
  { path }: Operation,
  options: { headers: Record<string, string>; origin?: string },
  question: Question = {},
): Promise<number> {
  const url = urlOf(path, question);
  url.protocol = "ws:";
  const socket = new WebSocket(url, options);
  const status = Promise.withResolvers<number>();
  socket.once("open", () => status.resolve(101));
  socket.once("unexpected-response", (_request, { statusCode }) => status.resolve(statusCode ?? 0));
  socket.on("error", status.reject); // after an answer it is the closing's
  const closed = Promise.withResolvers<void>();
  socket.once("close", () => closed.resolve());
  try {
    return await status.promise;
  } finally {
    socket.terminate();
    await closed.promise;
  }
}

const publicReadScopes = ["api_key", "file", "organization", "template", "user", "workspace"]
  .map((it) => `${it}:read`)
  .concat("user:read_personal");

/** `yes` for an answer, a stream or an upgrade (asked plainly, "do upgrade"); else the status of the refusal. */
function verdictOf(status: number): string {
  return (status >= 200 && status < 300) || [101, 304, 426].includes(status) ? "yes" : String(status);
}

/** What the actor gets, with a token of its own or the one that is given. */
async function verdictFor(name: string, actor: Actor, givenToken?: string): Promise<string> {
  const operation = operations.get(name);
  if (operation === undefined) throw new Error(`the server has no operation ${name}`);
  const question = (await questions[name]?.(world, actor)) ?? {};
  const token = givenToken ?? question.token ?? world.tokenOf(actor);
  const verdict = verdictOf(await ask(operation, token, question));
  if (!operation.isWebSocket) return verdict;
  const upgraded = verdictOf(await upgrade(operation, { headers: headersOf(token) }, question));
  return upgraded === verdict ? verdict : `${verdict} plainly, ${upgraded} upgraded`;
}

describe("the table of who may ask what", () => {
  test("has a verdict on every operation of the server, one each, and on none besides", () => {
    expect(accessTable.map(({ operation }) => operation).toSorted()).toEqual([...operations.keys()].toSorted());
    expect(Object.keys(questions).filter((name) => !operations.has(name))).toEqual([]);
  });

  // One after the other and from the right to the left: whoever is refused asks while there is something to get.
  test.for(accessTable.map((row) => [row.operation, row] as const))("%s", async ([name, { verdicts }]) => {
    const got: Partial<Record<Actor, string>> = {};
    for (const actor of actors.toReversed()) got[actor] = await verdictFor(name, actor);

    expect(got).toEqual(verdicts);
  });
});

test("lists that everybody may ask hold nothing of the holder's for another member", async () => {
  const { client, id } = world.other;

  const workspaces = await client.call(endpoints.workspaces.listWorkspaces, {});
  const { users } = await client.call(endpoints.users.listUsers, {});
  const tokens = await client.call(endpoints.tokens.listTokens, {
    params: { user: "me" },
    query: { include_all: true, include_expired: true },
  });

  expect(workspaces).toEqual({ workspaces: [], count: 0 });
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
    for (const { operation } of changing) answers.push(`${operation} ${await verdictFor(operation, actor, key)}`);

    expect(answers.filter((answer) => !/ 40[34]$/.test(answer))).toEqual([]);
  },
);

test.for([
  ["a token that was never given", `${"a".repeat(10)}-${"b".repeat(22)}`],
  ["a token that is none", "nonsense"],
] as const)("%s is refused by every route that is not open", async ([, token]) => {
  const guarded = [...operations.values()].filter(({ isOpen }) => !isOpen);
  expect(guarded.length).toBeGreaterThan(100);

  const answers = await Promise.all(
    guarded.map(async (operation) => `${operation.method} ${operation.path} ${await ask(operation, token)}`),
  );

  expect(answers.filter((answer) => !answer.endsWith(" 401"))).toEqual([]);
});

test("a page of another origin opens none of the WebSockets, though the browser sends the cookie", async () => {
  // An agent's own is opened by a token that no browser carries.
  const sockets = [...operations.values()].filter(({ path, isWebSocket }) => isWebSocket && !path.includes("/me/"));
  expect(sockets.length).toBeGreaterThan(5);
  const headers = { Cookie: `coder_session_token=${world.deployment.client.token ?? ""}` };

  const answers = await Promise.all(
    sockets.map(async (operation) => {
      const question = await questions[`${operation.method} ${operation.path}`]?.(world, "owner");
      return `${operation.path} ${await upgrade(operation, { headers, origin: "https://evil.example" }, question)}`;
    }),
  );

  expect(answers.filter((answer) => !answer.endsWith(" 403"))).toEqual([]);
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { silentLogger, systemClock } from "@hearth/base";
import { createTestDatabase, type TestDatabase } from "@hearth/testkit";
import { createContext, systemContext } from "../access/index.ts";
import { Database } from "../ground/database/index.ts";
import { buildApp, type App } from "../ground/http/index.ts";
import { HeldGrants } from "../ground/live/index.ts";
import { MemoryPubSub } from "../ground/pubsub/index.ts";
import { createIdentity, deploymentKey, ensureOwnerUser } from "./index.ts";

let testDatabase: TestDatabase;
let database: Database;
let app: App;
const email = "ada@example.com";
const password = "Passw0rd-of-ada";

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = new Database({ connectionString: testDatabase.connectionString, maxConnections: 4 }, () => undefined);
  const { db } = database;
  const sealKey = await deploymentKey(db, "seal", 0);
  const pubsub = new MemoryPubSub(silentLogger);
  const identity = createIdentity({
    db,
    clock: systemClock,
    log: silentLogger,
    pubsub,
    sealKey,
    secureCookies: () => false,
    authenticateAgent: () => Promise.reject(new Error("no agents here")),
  });
  app = buildApp({
    log: silentLogger,
    clock: systemClock,
    createContext,
    authenticate: identity.authenticate,
    pubsub,
    held: new HeldGrants({
      pubsub,
      clock: systemClock,
      log: silentLogger,
      read: () => Promise.reject(new Error("nothing stays open here")),
    }),
    routes: identity.routes ?? [],
    ratePerMinute: 0,
    accessUrl: () => "http://127.0.0.1",
    version: "v2.34.0+hearth.test",
    checkAnswers: true,
    isReady: () => true,
  });
  const setup = systemContext("setup", silentLogger, new AbortController().signal);
  await ensureOwnerUser(setup, db, () => Promise.resolve({ email, username: "ada", password }), 0);
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await testDatabase[Symbol.asyncDispose]();
});

async function post(url: string, body: object, headers: Record<string, string> = {}) {
  return await app.fastify.inject({
    method: "POST",
    url,
    payload: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });
}

async function logIn(): Promise<string> {
  const answer = await post("/api/v2/users/login", { email, password });
  expect(answer.statusCode).toBe(201);
  return answer.json<{ session_token: string }>().session_token;
}

test("there is a first user, and nobody makes another", async () => {
  const has = await app.fastify.inject({ url: "/api/v2/users/first" });
  const again = await post("/api/v2/users/first", { email: "eve@example.com", username: "eve", password });

  expect([has.statusCode, has.json()]).toEqual([200, { message: "The initial user has already been created!" }]);
  expect([again.statusCode, again.json()]).toMatchObject([
    409,
    { message: "The initial user has already been created.", code: "conflict" },
  ]);
});

test("a wrong password and an unknown address get the same answer", async () => {
  const wrong = await post("/api/v2/users/login", { email, password: "x" });
  const unknown = await post("/api/v2/users/login", { email: "nobody@example.com", password: "x" });

  expect([wrong.statusCode, unknown.statusCode]).toEqual([401, 401]);
  expect(wrong.body).toBe(unknown.body);
});

test.for([
  ["cookie", (key: string) => ({ cookie: `coder_session_token=${key}` }), ""],
  ["header", (key: string) => ({ "coder-session-token": key }), ""],
  ["bearer", (key: string) => ({ authorization: `Bearer ${key}` }), ""],
  ["query", () => ({}), "?coder_session_token="],
] as const)("a session key is taken from the %s", async ([, headers, query]) => {
  const key = await logIn();

  const answer = await app.fastify.inject({
    url: `/api/v2/users/me${query === "" ? "" : query + key}`,
    headers: headers(key),
  });

  expect(answer.statusCode, answer.body).toBe(200);
  expect(answer.json()).toMatchObject({ username: "ada", email, roles: [{ name: "owner" }] });
  expect(answer.headers["x-coder-build-version"]).toBe("v2.34.0");
});

test("a changing request with nothing but a cookie is refused, with the CSRF token it is taken", async () => {
  const key = await logIn();
  const put = async (headers: Record<string, string>) =>
    await app.fastify.inject({
      method: "PUT",
      url: "/api/v2/users/me/profile",
      payload: JSON.stringify({ username: "ada", name: "Ada" }),
      headers: { "content-type": "application/json", ...headers },
    });

  const bare = await put({ cookie: `coder_session_token=${key}` });
  const withToken = await put({ cookie: `coder_session_token=${key}; csrf_token=abc`, "x-csrf-token": "abc" });

  expect(bare.statusCode).toBe(400);
  expect(bare.headers["content-type"]).toContain("text/plain");
  expect(withToken.statusCode, withToken.body).toBe(200);
});

test("a key that was logged out is refused", async () => {
  const key = await logIn();

  await post("/api/v2/users/logout", {}, { "coder-session-token": key });
  const answer = await app.fastify.inject({ url: "/api/v2/users/me", headers: { "coder-session-token": key } });

  expect(answer.statusCode).toBe(401);
  expect(answer.json()).toMatchObject({ detail: "API key is invalid." });
});

test("keys and passwords are stored as hashes", async () => {
  const key = await logIn();
  const dump = await database.pool.query(
    "select row_to_json(k)::text as k from api_keys k union all select row_to_json(u)::text from users u",
  );

  const text = JSON.stringify(dump.rows);

  expect(text).not.toContain(key.split("-")[1]);
  expect(text).not.toContain(password);
});

test("whoever is not logged in learns nothing about routes", async () => {
  const known = await app.fastify.inject({ url: "/api/v2/users" });
  const unknown = await app.fastify.inject({ url: "/api/v2/nothing-here" });

  expect([known.statusCode, unknown.statusCode]).toEqual([401, 401]);
});

test("a user that was deleted, and one that was suspended, are signed out", async () => {
  const owner = await logIn();
  const headers = { "coder-session-token": owner };
  const made = await post(
    "/api/v2/users",
    { email: "bob@example.com", username: "bob", password: "Passw0rd-of-bob", login_type: "password" },
    headers,
  );
  expect(made.statusCode, made.body).toBe(201);
  const bob = (await post("/api/v2/users/login", { email: "bob@example.com", password: "Passw0rd-of-bob" })).json<{
    session_token: string;
  }>();
  const asBob = async () =>
    (await app.fastify.inject({ url: "/api/v2/users/me", headers: { "coder-session-token": bob.session_token } }))
      .statusCode;
  expect(await asBob()).toBe(200);

  await app.fastify.inject({ method: "PUT", url: "/api/v2/users/bob/status/suspend", headers });
  const suspended = await asBob();
  await app.fastify.inject({ method: "DELETE", url: "/api/v2/users/bob", headers });
  const deleted = await asBob();

  expect([suspended, deleted]).toEqual([401, 401]);
});

test("a token makes no key that may do more than itself", async () => {
  const tokens = "/api/v2/users/me/keys/tokens";
  const scopes = ["api_key:create", "user:read"];
  const made = await post(tokens, { scopes }, { "coder-session-token": await logIn() });
  expect(made.statusCode, made.body).toBe(201);
  const headers = { "coder-session-token": made.json<{ key: string }>().key };

  const same = await post(tokens, { scopes }, headers);
  const wider = await post(tokens, { scopes: ["user:read", "workspace:read"] }, headers);
  const whole = await post(tokens, {}, headers);
  const session = await post("/api/v2/users/me/keys", {}, headers);

  expect([same, wider, whole, session].map(({ statusCode }) => statusCode)).toEqual([201, 403, 403, 403]);
  expect(wider.json()).toMatchObject({ detail: "leave out workspace:read, or ask with a session that has them" });
});

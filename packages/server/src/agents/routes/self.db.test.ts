import { createHash, randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { agent, ServedWorld } from "../../testing/index.ts";

let world: ServedWorld;
beforeAll(async () => (world = await ServedWorld.create()));
afterAll(async () => await world[Symbol.asyncDispose]());

async function running() {
  const token = randomUUID();
  const build = await world.start(await world.makeWorkspace(), [agent({ token })]);
  const id = (await world.agentsOf(build)).get("main")?.id ?? "";
  return { token, id };
}

const line = { created_at: new Date().toISOString(), output: "hello", level: "info" };
const nil = "00000000-0000-0000-0000-000000000000";

test.for<[method: string, path: string]>([
  ["GET", "/workspaceagents/me/reinit"],
  ["PATCH", "/workspaceagents/me/logs"],
  ["POST", "/workspaceagents/me/log-source"],
  ["GET", "/workspaceagents/me/gitsshkey"],
])("%s %s: the token is looked at before the body [agents 1]", async ([method, path]) => {
  const body = method === "GET" ? undefined : {};

  expect(await world.request(method, path, body, "")).toMatchObject({
    status: 401,
    body: { message: 'Cookie "coder_session_token" must be provided.' },
  });
  expect(await world.request(method, path, body, world.ownerKey)).toMatchObject({
    status: 401,
    body: { message: "Workspace agent token invalid.", detail: "An agent token must be a valid UUIDv4. (len 33)" },
  });
});

test("a log source made twice is one, and answered the same [agents 55]", async () => {
  const { token, id } = await running();
  const source = { id: randomUUID(), display_name: "Build", icon: "/x.svg" };

  const first = await world.request("POST", "/workspaceagents/me/log-source", source, token);
  const second = await world.request(
    "POST",
    "/workspaceagents/me/log-source",
    { ...source, display_name: "Other" },
    token,
  );

  expect(first).toMatchObject({ status: 201, body: { ...source, workspace_agent_id: id } });
  expect(second.status).toBe(201);
  expect(second.body).toEqual(first.body);
});

test("the older way of logs: none, a level that is none, more than may be [agents 59]", async () => {
  const { token, id } = await running();
  const patch = async (logs: unknown) =>
    await world.request("PATCH", "/workspaceagents/me/logs", { log_source_id: nil, logs }, token);

  expect((await patch([])).status).toBe(400);
  expect((await patch([{ ...line, level: "loud" }])).status).toBe(400);
  expect((await patch([line])).status).toBe(200);
  const stored = await world.get(`/workspaceagents/${id}/logs`);
  expect(stored.body).toMatchObject([{ output: "hello", source_id: "3b579bf4-1ed8-4b99-87a8-e9a1e3410410" }]);

  await world.db.updateTable("workspace_agents").set({ logs_length: 1_048_576 }).where("id", "=", id).execute();
  expect((await patch([line])).status).toBe(413);
});

test("an agent gets its owner's git key, unless it may not have its owner's data [agents 7]", async () => {
  const { token, id } = await running();

  const key = await world.request("GET", "/workspaceagents/me/gitsshkey", undefined, token);
  expect(key).toMatchObject({
    status: 200,
    body: {
      public_key: expect.stringMatching(/^ssh-ed25519 /) as string,
      private_key: expect.stringContaining("OPENSSH PRIVATE KEY") as string,
    },
  });
  expect(createHash("sha256").update(key.text).digest()).toHaveLength(32);

  await world.db.updateTable("workspace_agents").set({ api_key_scope: "no_user_data" }).where("id", "=", id).execute();
  expect((await world.request("GET", "/workspaceagents/me/gitsshkey", undefined, token)).status).toBe(403);
});

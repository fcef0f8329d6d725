import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { grantFor } from "../../access/testing/index.ts";
import { type BuildFixture, ServedWorld } from "../../testing/index.ts";
import { deleteOldLogs, deleteOldStats } from "./retention.ts";

let world: ServedWorld;
beforeAll(async () => (world = await ServedWorld.create()));
afterAll(async () => await world[Symbol.asyncDispose]());

const day = 86_400_000;
const all = grantFor("workspace:update_agent", {});

async function withLogs(build: BuildFixture, disconnectedAtMs: number): Promise<string> {
  const id = (await world.agentsOf(build)).get("main")?.id ?? "";
  const times = { last_connected_at: new Date(disconnectedAtMs - 1), disconnected_at: new Date(disconnectedAtMs) };
  await world.db
    .updateTable("workspace_agents")
    .set({ logs_length: 1, ...times })
    .where("id", "=", id)
    .execute();
  await world.db
    .insertInto("workspace_agent_logs")
    .values({
      agent_id: id,
      created_at: new Date(disconnectedAtMs),
      output: "x",
      level: "info",
      log_source_id: randomUUID(),
    })
    .execute();
  return id;
}

test("logs of agents that are gone for 7 days are deleted, but not of the latest build", async () => {
  const nowMs = world.clock.now();
  const workspace = await world.makeWorkspace();
  const old = await withLogs(await world.start(workspace), nowMs - 8 * day);
  const recent = await withLogs(await world.start(workspace), nowMs - 6 * day);
  const latest = await withLogs(await world.start(workspace), nowMs - 30 * day);

  expect(await deleteOldLogs(world.db, all, nowMs)).toBe(1);
  expect(await deleteOldLogs(world.db, all, nowMs)).toBe(0);

  const left = await world.db.selectFrom("workspace_agent_logs").select("agent_id").execute();
  expect(left.map((line) => line.agent_id).sort()).toEqual([recent, latest].sort());
  expect((await world.agentRow(old)).logs_length).toBe(0);
});

test("statistics are kept for a day", async () => {
  const nowMs = world.clock.now();
  const row = (atMs: number) => ({
    agent_id: randomUUID(),
    workspace_id: randomUUID(),
    template_id: randomUUID(),
    user_id: randomUUID(),
    created_at: new Date(atMs),
  });
  await world.db
    .insertInto("workspace_agent_stats")
    .values([row(nowMs - day - 1), row(nowMs - day + 60_000)])
    .execute();

  expect(await deleteOldStats(world.db, all, nowMs)).toBe(1);

  expect(await world.db.selectFrom("workspace_agent_stats").select("id").execute()).toHaveLength(1);
});

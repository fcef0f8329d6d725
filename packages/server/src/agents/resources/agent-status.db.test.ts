import { afterAll, beforeAll, expect, test } from "vitest";
import fc from "fast-check";
import { sql } from "kysely";
import { FakeClock } from "@hearth/base/fake-clock";
import { ServedWorld } from "../../testing/index.ts";
import { connectionStatus, type ConnectionFacts } from "./connection-status.ts";
import { agentStatus, isConnected } from "./agent-status.ts";

let world: ServedWorld;
const clock = new FakeClock();
beforeAll(async () => (world = await ServedWorld.create({ clock })));
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const other = "00000000-0000-4000-8000-000000000002";

test.for<[string, { replica: "live" | "gone" | "none"; leaseMs?: number; hasConnected?: boolean }, boolean]>([
  ["held by a replica whose lease goes on", { replica: "live", leaseMs: 1 }, true],
  ["held by one whose lease has just ended", { replica: "live", leaseMs: 0 }, false],
  ["held by one whose lease is long over", { replica: "live", leaseMs: -60_000 }, false],
  ["held by one that is gone", { replica: "gone" }, false],
  ["held by none", { replica: "none" }, false],
  ["never there", { replica: "none", hasConnected: false }, false],
])("statements and rows agree on an agent that is %s", async ([, given, expected]) => {
  const { replica, leaseMs = 15_000, hasConnected = true } = given;
  const nowMs = clock.now();
  const workspace = await world.makeWorkspace();
  await world.start(workspace);
  const expires_at = new Date(nowMs + leaseMs);
  await world.db.deleteFrom("replicas").where("id", "=", other).execute();
  if (replica === "live") {
    const times = { started_at: new Date(0), renewed_at: new Date(nowMs), expires_at };
    await world.db
      .insertInto("replicas")
      .values({ id: other, hostname: "h", version: "test", ...times })
      .execute();
  }
  const connectedAt = hasConnected ? new Date(nowMs - 1_000) : null;
  await world.db
    .updateTable("workspace_agents")
    .set({
      session_replica_id: replica === "none" ? null : other,
      first_connected_at: connectedAt,
      last_connected_at: connectedAt,
    })
    .where("workspace_id", "=", workspace.id)
    .execute();

  const { rows } = await sql<{ status: string; is_connected: boolean }>`
    select ${agentStatus(nowMs)} as status, ${isConnected(nowMs)} as is_connected from workspace_agents a where a.workspace_id = ${workspace.id}`.execute(
    world.db,
  );
  const { status } = connectionStatus(
    {
      createdAtMs: nowMs,
      connectionTimeoutSeconds: 120,
      firstConnectedAtMs: connectedAt?.getTime(),
      lastConnectedAtMs: connectedAt?.getTime(),
      disconnectedAtMs: undefined,
      lease: replica === "live" ? { renewedAtMs: nowMs, expiresAtMs: expires_at.getTime() } : undefined,
    },
    nowMs,
  );

  expect(rows).toEqual([{ status, is_connected: expected }]);
  expect(status === "connected").toBe(expected);
});

const nowMs = Date.UTC(2026, 0, 1);
const before = fc.integer({ min: -1_000, max: 3_000 }).map((ms) => nowMs - ms);
const maybe = fc.option(before, { nil: undefined });
const connections: fc.Arbitrary<ConnectionFacts> = fc.record({
  createdAtMs: before,
  connectionTimeoutSeconds: fc.constantFrom(0, 1, 2),
  firstConnectedAtMs: maybe,
  lastConnectedAtMs: maybe,
  disconnectedAtMs: maybe,
  lease: fc.option(
    before.map((renewedAtMs) => ({ renewedAtMs, expiresAtMs: renewedAtMs + 1_500 })),
    { nil: undefined },
  ),
});

/** What the database says of each. */
async function statuses(all: readonly ConnectionFacts[]): Promise<(string | null)[]> {
  const at = (ms: number | undefined) => (ms === undefined ? null : new Date(ms));
  const given = all.map((facts) => ({
    agent: {
      created_at: at(facts.createdAtMs),
      connection_timeout_seconds: facts.connectionTimeoutSeconds,
      first_connected_at: at(facts.firstConnectedAtMs),
      last_connected_at: at(facts.lastConnectedAtMs),
      disconnected_at: at(facts.disconnectedAtMs),
    },
    expires_at: at(facts.lease?.expiresAtMs),
  }));
  const { rows } = await sql<{ status: string | null }>`
    select agent_status(jsonb_populate_record(null::workspace_agents, g.of -> 'agent'),
      (g.of ->> 'expires_at')::timestamptz > ${new Date(nowMs)}::timestamptz, ${new Date(nowMs)}::timestamptz) as status
    from jsonb_array_elements(${JSON.stringify(given)}::jsonb) with ordinality as g(of, place) order by g.place`.execute(
    world.db,
  );
  return rows.map(({ status }) => status);
}

test("the database and the code agree on how any agent's connection stands", async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(connections, { minLength: 200, maxLength: 200 }), async (all) => {
      const own = all.map((facts) => connectionStatus(facts, nowMs).status);
      for (const status of own) seen.add(status);
      expect(await statuses(all)).toEqual(own);
    }),
    { numRuns: 20 },
  );
  expect([...seen].toSorted()).toEqual(["connected", "connecting", "disconnected", "timeout"]);
});

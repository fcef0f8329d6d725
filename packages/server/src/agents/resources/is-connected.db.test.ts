import { afterAll, beforeAll, expect, test } from "vitest";
import { sql } from "kysely";
import { FakeClock } from "@hearth/base/fake-clock";
import { World } from "../testing/world.ts";
import { connectionStatus } from "./connection-status.ts";
import { isConnected } from "./is-connected.ts";

let world: World;
const clock = new FakeClock();
beforeAll(async () => (world = await World.create({ clock })));
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

  const { rows } = await sql<{ connected: boolean }>`
    select ${isConnected(nowMs)} as connected from workspace_agents a where a.workspace_id = ${workspace.id}`.execute(
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

  expect(rows).toEqual([{ connected: expected }]);
  expect(status === "connected").toBe(expected);
});

import pg from "pg";
import { expect, test } from "vitest";
import { silentLogger } from "@hearth/base";
import { createTestDatabase } from "@hearth/testkit";
import { migrate, readMigrations } from "./index.ts";

const ready = "2026-01-05T12:00:04Z";

interface Given {
  readonly stage?: "none" | "claim";
  readonly state?: string;
  readonly readyAt?: string | null;
  readonly generation?: number;
  /** Of the row that a claim replaced. */
  readonly replaced?: number;
  readonly failedScript?: boolean;
}

const once = { at: new Date(ready), outcome: "ready" };
const unknown = { at: null, outcome: null };

const cases: [string, Given, { at: Date | null; outcome: string | null }][] = [
  ["connected once and ready", {}, once],
  ["connected once, its start failed", { state: "start_error" }, { ...once, outcome: "start_error" }],
  ["connected once, stopped since", { state: "off" }, once],
  ["connected once, stopped since, with a script that failed", { state: "off", failedScript: true }, unknown],
  ["connected again: by itself or started again, nobody knows", { generation: 2 }, unknown],
  ["just being started again", { generation: 2, state: "starting", readyAt: null }, unknown],
  ["never ready", { state: "starting", readyAt: null }, unknown],
  ["claimed, and connected as it was", { stage: "claim", generation: 3, replaced: 3 }, once],
  ["claimed, and connected again", { stage: "claim", generation: 4, replaced: 3 }, unknown],
];

test("of agents from before the migration what is known is kept, and nothing is made up", async () => {
  await using fresh = await createTestDatabase({ from: "empty" });
  const pool = new pg.Pool({ connectionString: fresh.connectionString });
  try {
    const migrations = await readMigrations();
    const at = migrations.findIndex(({ name }) => name.endsWith("_start_outcomes.sql"));
    await migrate(pool, silentLogger, migrations.slice(0, at));
    const agents: string[] = [];
    const client = await pool.connect();
    try {
      // Only the rows that matter, without all that they belong to.
      await client.query("set session_replication_role = replica");
      for (const [, given] of cases) agents.push(await insert(client, given));
    } finally {
      client.release(true);
    }

    await migrate(pool, silentLogger, migrations);

    const { rows } = await pool.query<{ id: string; at: Date | null; outcome: string | null }>(
      "select id, first_start_ended_at as at, first_start_outcome as outcome from workspace_agents",
    );
    const found = cases.map(([title], index) => {
      const row = rows.find(({ id }) => id === agents[index]);
      return [title, { at: row?.at, outcome: row?.outcome }];
    });
    expect(found).toEqual(cases.map(([title, , wanted]) => [title, wanted]));
  } finally {
    await pool.end();
  }
});

async function insert(client: pg.PoolClient, given: Given): Promise<string> {
  const { stage = "none", state = "ready", readyAt = ready, generation = 1, replaced, failedScript = false } = given;
  const { rows } = await client.query<{ id: string; workspace: string; build: string }>(
    "select gen_random_uuid() as id, gen_random_uuid() as workspace, gen_random_uuid() as build",
  );
  const [ids] = rows;
  if (ids === undefined) throw new Error("no ids");
  await client.query(
    `insert into workspace_builds (id, workspace_id, template_version_id, build_number, transition, stage, initiator_id, job_id,
      created_at, updated_at) values ($1, $2, $1, 1, 'start', $3, $1, $1, now(), now())`,
    [ids.build, ids.workspace, stage],
  );
  const agent = `insert into workspace_agents (id, resource_id, workspace_id, build_id, name, auth_token_hash, architecture,
    operating_system, lifecycle_state, ready_at, session_generation, deleted, created_at, updated_at)
    values ($1, $1, $2, $3, 'main', uuid_send($2), '', '', $4, $5, $6, $7, now(), now())`;
  await client.query(agent, [ids.id, ids.workspace, ids.build, state, readyAt, generation, false]);
  if (replaced !== undefined) {
    await client.query(agent, [ids.workspace, ids.workspace, ids.workspace, "ready", ready, replaced, true]);
  }
  if (failedScript) {
    await client.query(
      `insert into workspace_agent_scripts (id, workspace_agent_id, log_source_id, display_name, script, run_on_start,
        run_on_stop, start_blocks_login, created_at) values ($1, $1, $1, 's', '', true, false, false, now())`,
      [ids.id],
    );
    await client.query(
      `insert into workspace_agent_script_timings (script_id, started_at, ended_at, exit_code, stage, status)
        values ($1, now(), now(), 1, 'start', 'exit_failure')`,
      [ids.id],
    );
  }
  return ids.id;
}

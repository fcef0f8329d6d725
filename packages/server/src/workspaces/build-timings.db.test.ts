import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WorkspaceBuildTimings } from "@hearth/sdk";
import { findBuildTimings } from "./build-timings.ts";
import { BuildingWorld } from "../testing/index.ts";

let scene: BuildingWorld;

beforeEach(async () => {
  scene = await BuildingWorld.create();
});

afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

test("what scripts did at a claim is shown in a word of the contract", async () => {
  await scene.createWorkspace(scene.ada, await scene.createTemplate(), "mine");
  const job = await scene.work();
  const agent = await scene.db.selectFrom("workspace_agents").select("id").executeTakeFirstOrThrow();
  const now = new Date(scene.clock.now());
  const moments = { run_on_start: false, run_on_stop: false, run_on_claim: true, start_blocks_login: false };
  const script = { id: randomUUID(), workspace_agent_id: agent.id, log_source_id: randomUUID(), created_at: now };
  await scene.db
    .insertInto("workspace_agent_scripts")
    .values({ ...script, ...moments, display_name: "Clone", script: "true" })
    .execute();
  await scene.db
    .insertInto("workspace_agent_script_timings")
    .values({ script_id: script.id, started_at: now, ended_at: now, exit_code: 0, stage: "claim", status: "ok" })
    .execute();

  const timings = WorkspaceBuildTimings.parse(await findBuildTimings(scene.db, job.id));

  expect(timings.agent_script_timings).toMatchObject([{ display_name: "Clone", stage: "start", status: "ok" }]);
});

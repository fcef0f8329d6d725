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

  const row = scene.db.selectFrom("provisioner_jobs").selectAll().where("id", "=", job.id);
  const timings = WorkspaceBuildTimings.parse(await findBuildTimings(scene.db, await row.executeTakeFirstOrThrow()));

  expect(timings.agent_script_timings).toMatchObject([{ display_name: "Clone", stage: "start", status: "ok" }]);
});

test("a claim without a worker has its one phase, of which nothing is stored", async () => {
  await scene.createWorkspace(scene.ada, await scene.createTemplate(), "mine");
  const now = new Date(scene.clock.now());
  const ended = { is_claim_at_once: true, created_at: now, started_at: now, completed_at: now };
  const jobs = scene.db.updateTable("provisioner_jobs").set(ended).where("type", "=", "workspace_build");
  const job = await jobs.returningAll().executeTakeFirstOrThrow();

  const { provisioner_timings: timings } = WorkspaceBuildTimings.parse(await findBuildTimings(scene.db, job));

  const at = now.toISOString();
  expect(timings).toEqual([
    {
      job_id: job.id,
      started_at: at,
      ended_at: at,
      stage: "apply",
      source: "coder",
      action: "claim",
      resource: "coder_stage_apply",
    },
  ]);
});

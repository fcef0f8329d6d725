import { afterEach, beforeEach } from "vitest";
import { silentLogger, type Logger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { prebuildsUserId } from "@hearth/sdk";
import { systemActor, type SystemActor } from "../access/index.ts";
import { testRights, type Probe } from "../access/testing/index.ts";
import { BuildingWorld, type TemplateFixture } from "../testing/index.ts";
import { runPools } from "./run-pools.ts";

const presets = [{ name: "small", instances: 1 }];
let world: BuildingWorld;
let clock: FakeClock;
beforeEach(async () => {
  clock = new FakeClock();
  world = await BuildingWorld.create({ clock });
});
afterEach(async () => await world[Symbol.asyncDispose]());

/** One cycle of the loop that keeps the pools. */
async function pass(
  part: SystemActor = systemActor("prebuilds orchestrator"),
  log: Logger = silentLogger,
): Promise<void> {
  const { database, pubsub, sealKey } = world;
  const rules = { backoffIntervalMs: 60_000, backoffLookbackMs: 3_600_000, failureHardLimit: 3 };
  const config = { ...rules, intervalMs: 15_000 };
  const stop = new AbortController();
  const running = runPools(
    { database, pubsub, clock, log, config, sealKey, allowUnsandboxed: false, part },
    stop.signal,
  );
  await clock.asleep("prebuilds");
  stop.abort();
  await running;
}

async function pool() {
  return await world.db.selectFrom("workspaces").select("id").where("owner_id", "=", prebuildsUserId).execute();
}

async function template(): Promise<TemplateFixture> {
  return await world.createTemplate({ presets });
}

const makesPrebuild: Probe = async (part, log) => {
  await template();
  await pass(part, log);
  return (await pool()).length === 1;
};

testRights("prebuilds orchestrator", {
  "organization_member:create": {
    async "joins an organization that has a pool"(part, log) {
      await template();
      await pass(part, log);
      const joined = await world.db
        .selectFrom("group_members")
        .select("group_id")
        .where("user_id", "=", prebuildsUserId)
        .execute();
      return joined.length === 1;
    },
  },
  "prebuilds_settings:read": { "keeps pools unless that is paused": makesPrebuild },
  "template:read": { "looks at what pools there are": makesPrebuild },
  "template:update": {
    async "says of a preset that nothing can be built of it"(part, log) {
      await world.createTemplate({ presets, parameters: [{ name: "needed", required: true }] });
      await pass(part, log);
      const { prebuild_status: status } = await world.db
        .selectFrom("template_version_presets")
        .select("prebuild_status")
        .executeTakeFirstOrThrow();
      return status === "validation_failed";
    },
  },
  "workspace:create": { "makes a workspace for a pool": makesPrebuild },
  "workspace:delete": {
    async "deletes what is too many"(part, log) {
      await template();
      await pass();
      await world.work();
      await world.db.updateTable("template_version_presets").set({ desired_instances: 0 }).execute();
      await pass(part, log);
      const deletes = await world.db
        .selectFrom("workspace_builds")
        .select("id")
        .where("transition", "=", "delete")
        .execute();
      return deletes.length === 1;
    },
  },
  "workspace:update": {
    async "cancels what waits to be built of an old version"(part, log) {
      const { id } = await template();
      await pass();
      const { job_id: jobId } = await world.db
        .selectFrom("workspace_builds")
        .select("job_id")
        .executeTakeFirstOrThrow();
      await world.addVersion(id, { presets, isActive: true });
      await pass(part, log);
      const { job_status: status } = await world.db
        .selectFrom("provisioner_jobs")
        .select("job_status")
        .where("id", "=", jobId)
        .executeTakeFirstOrThrow();
      return status === "canceled";
    },
  },
});

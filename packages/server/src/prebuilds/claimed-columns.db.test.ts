import { afterEach, beforeEach, expect, test } from "vitest";
import { silentLogger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { contextOfSystem } from "../access/testing/index.ts";
import type { Tables } from "../ground/database/index.ts";
import { createWorkspace } from "../workspaces/index.ts";
import { BuildingWorld } from "../testing/index.ts";
import { claimPrebuild } from "./claim.ts";
import { reconcilePools } from "./reconcile.ts";

const pools = contextOfSystem("prebuilds orchestrator");

let scene: BuildingWorld;
const clock = new FakeClock();

beforeEach(async () => {
  scene = await BuildingWorld.create({ clock });
});

afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

/** What a claim makes of each column of the workspace. A new column has no place here until somebody decides. */
const atClaim = {
  id: "kept",
  owner_id: "set",
  organization_id: "kept",
  template_id: "kept",
  name: "set",
  deleted: "kept",
  autostart_schedule: "set",
  ttl: "set",
  last_used_at: "set",
  dormant_at: "set",
  deleting_at: "set",
  automatic_updates: "set",
  next_start_at: "set",
  user_acl: "set",
  group_acl: "set",
  claimed_at: "set",
  prebuild_created_at: "set",
  claim_count: "set",
  host_key_seed: "kept",
  created_at: "set",
  updated_at: "set",
} as const satisfies Record<keyof Tables["workspaces"], "kept" | "set">;

test("a claim gives its new owner a workspace in which nothing is left of the pool but what it must keep", async () => {
  const template = await scene.createTemplate({ presets: [{ name: "small", instances: 1 }] });
  const { database, pubsub } = scene;
  const rules = { backoffIntervalMs: 60_000, backoffLookbackMs: 3_600_000, failureHardLimit: 3 };
  const deps = { database, pubsub, clock, log: silentLogger, rules, allowUnsandboxed: true, sealKey: scene.sealKey };
  await reconcilePools(pools, deps);
  const { workspace: pooled } = await scene.work();
  await scene.setLifecycle(pooled.id, "ready");
  await scene.db
    .updateTable("workspaces")
    .set({
      dormant_at: new Date(clock.now()),
      deleting_at: new Date(clock.now()),
      user_acl: JSON.stringify({ [scene.admin.id]: ["use"] }),
      group_acl: JSON.stringify({ [scene.organizationId]: ["use"] }),
    })
    .execute();
  const row = () => scene.db.selectFrom("workspaces").selectAll().where("id", "=", pooled.id).executeTakeFirstOrThrow();
  const before = await row();
  await clock.advance(60_000);

  await createWorkspace(scene.ada.ctx, scene.deps(claimPrebuild), scene.ada, {
    template_id: template.id,
    template_version_preset_id: template.presets["small"],
    name: "mine",
    autostart_schedule: "CRON_TZ=UTC 0 9 * * 1-5",
    ttl_ms: 3_600_000,
    automatic_updates: "always",
  });

  const after: Record<string, unknown> = await row();
  const made = Object.entries(before).map(([name, value]) => [
    name,
    JSON.stringify(value) === JSON.stringify(after[name]) ? "kept" : "set",
  ]);
  expect(Object.fromEntries(made)).toEqual(atClaim);
});

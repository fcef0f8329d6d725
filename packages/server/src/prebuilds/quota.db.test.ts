import { afterEach, beforeEach, expect, test } from "vitest";
import { silentLogger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { prebuildsUserId } from "@hearth/sdk";
import { contextOfSystem } from "../access/testing/index.ts";
import { createWorkspace } from "../workspaces/index.ts";
import { BuildingWorld, refusalOf, type TemplateFixture } from "../testing/index.ts";
import { claimPrebuild } from "./claim.ts";
import { reconcilePools } from "./reconcile.ts";

const pools = contextOfSystem("prebuilds orchestrator");

let scene: BuildingWorld;
let clock: FakeClock;

beforeEach(async () => {
  clock = new FakeClock();
  scene = await BuildingWorld.create({ clock });
});
afterEach(() => scene[Symbol.asyncDispose]());

async function cycle(): Promise<void> {
  const { database, pubsub } = scene;
  const rules = { backoffIntervalMs: 60_000, backoffLookbackMs: 3_600_000, failureHardLimit: 3 };
  const deps = { database, pubsub, clock, log: silentLogger, rules, allowUnsandboxed: false, sealKey: scene.sealKey };
  await reconcilePools(pools, deps);
}

/** A pool whose workspaces run, are ready and cost `dailyCost` each. */
async function pool(instances: number, dailyCost: number): Promise<TemplateFixture> {
  const template = await scene.createTemplate({ presets: [{ name: "small", instances }] });
  await cycle();
  for (let index = 0; index < instances; index++) {
    const { workspace } = await scene.work({ dailyCost });
    await scene.setLifecycle(workspace.id, "ready");
  }
  return template;
}

async function allow(credits: number): Promise<void> {
  await scene.db
    .updateTable("groups")
    .set({ quota_allowance: credits })
    .where("id", "=", scene.organizationId)
    .execute();
}

const create = (template: TemplateFixture, name: string) =>
  createWorkspace(scene.ada.ctx, scene.deps(claimPrebuild), scene.ada, {
    template_id: template.id,
    template_version_preset_id: template.presets["small"] ?? "",
    name,
  });

async function ownersOfWorkspaces(): Promise<Record<"ada" | "pool", number>> {
  const rows = await scene.db.selectFrom("workspaces").select("owner_id").where("deleted", "=", false).execute();
  const of = (owner: string) => rows.filter(({ owner_id }) => owner_id === owner).length;
  return { ada: of(scene.ada.id), pool: of(prebuildsUserId) };
}

test("a claim that does not fit is refused before anything changes hands [prebuilds D11]", async () => {
  const template = await pool(1, 5);
  await allow(4);

  expect(await refusalOf(create(template, "dear"))).toMatchObject({ status: 409, code: "insufficient_quota" });

  await expect(ownersOfWorkspaces()).resolves.toEqual({ ada: 0, pool: 1 });
  await allow(5);
  await create(template, "dear");
  await expect(ownersOfWorkspaces()).resolves.toEqual({ ada: 1, pool: 0 });
  // The claim's own job asks again, and what was granted stays so.
  const job = await scene.acquire();
  await allow(0);
  await expect(scene.jobs.commitQuota(job, 5)).resolves.toMatchObject({ ok: true });
});

test("of twelve claims at once as many get one as the budget has room for", async () => {
  const template = await pool(12, 2);
  await allow(10);

  const claims = await Promise.allSettled(Array.from({ length: 12 }, (_, index) => create(template, `w${index}`)));

  expect(claims.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
  await expect(ownersOfWorkspaces()).resolves.toEqual({ ada: 5, pool: 7 });
});

const states = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => ({
  isMember: (bits & 1) !== 0,
  hasGroup: (bits & 2) !== 0,
  isInGroup: (bits & 4) !== 0,
}));

test.for(states.filter(({ isMember, hasGroup, isInGroup }) => !isInGroup || (isMember && hasGroup)))(
  "[prebuilds 140] the pools' own user is in the organization and its group, from $isMember, $hasGroup, $isInGroup",
  async ({ isMember, hasGroup, isInGroup }) => {
    const now = new Date(0);
    const times = { created_at: now, updated_at: now };
    const organization_id = scene.organizationId;
    const groupId = "11111111-1111-4111-8111-111111111111";
    const name = "coderprebuiltworkspaces";
    if (isMember) {
      await scene.db
        .insertInto("organization_members")
        .values({ organization_id, user_id: prebuildsUserId, roles: [], ...times })
        .execute();
    }
    if (hasGroup) {
      await scene.db
        .insertInto("groups")
        .values({ id: groupId, organization_id, name, quota_allowance: 9, ...times })
        .execute();
    }
    if (isInGroup) {
      await scene.db
        .insertInto("group_members")
        .values({ group_id: groupId, organization_id, user_id: prebuildsUserId, created_at: now })
        .execute();
    }
    await scene.createTemplate({ presets: [{ name: "small", instances: 1 }] });

    await cycle();
    await cycle();

    const groups = await scene.db.selectFrom("groups").selectAll().where("name", "=", name).execute();
    expect(groups).toMatchObject([{ quota_allowance: hasGroup ? 9 : 0, organization_id }]);
    const members = await scene.db.selectFrom("group_members").selectAll().execute();
    expect(members).toMatchObject([{ group_id: groups[0]?.id, user_id: prebuildsUserId }]);
  },
);

test("[prebuilds 141] where there is no pool nobody is added", async () => {
  await scene.createTemplate({ presets: [{ name: "small" }] });

  await cycle();

  await expect(scene.db.selectFrom("group_members").selectAll().execute()).resolves.toEqual([]);
  const members = await scene.db.selectFrom("organization_members").select("user_id").execute();
  expect(members.map(({ user_id }) => user_id)).not.toContain(prebuildsUserId);
});

test("[prebuilds 155] what the pools may not spend fails like any build, and is waited with", async () => {
  await scene.createTemplate({ presets: [{ name: "small", instances: 1 }] });
  await allow(3);
  await cycle();
  const job = await scene.acquire();
  await expect(scene.jobs.commitQuota(job, 4)).resolves.toEqual({ ok: false, creditsConsumed: 0, budget: 3 });
  await scene.jobs.fail(job, { error: "no credits", errorCode: "INSUFFICIENT_QUOTA", state: undefined });

  await cycle();

  const builds = await scene.db.selectFrom("workspace_builds").select("id").execute();
  expect(builds).toHaveLength(1);
  await clock.advance(120_001);
  await cycle();
  await expect(scene.db.selectFrom("workspace_builds").select("id").execute()).resolves.toHaveLength(2);
});

import type { BuildJob } from "@hearth/provisioner";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createBuild } from "./create-build.ts";
import { readQuota } from "./quota.ts";
import { BuildingWorld, buildResult, type TemplateFixture } from "../testing/index.ts";

let scene: BuildingWorld;
let template: TemplateFixture;
let names = 0;

beforeEach(async () => {
  scene = await BuildingWorld.create();
  template = await scene.createTemplate();
});
afterEach(() => scene[Symbol.asyncDispose]());

async function allow(credits: number, group = scene.organizationId): Promise<void> {
  await scene.db.updateTable("groups").set({ quota_allowance: credits }).where("id", "=", group).execute();
}

async function newGroup(id: string, credits: number, member?: string): Promise<void> {
  const organization_id = scene.organizationId;
  const now = new Date(0);
  const times = { created_at: now, updated_at: now };
  await scene.db
    .insertInto("groups")
    .values({ id, organization_id, name: id.slice(0, 8), quota_allowance: credits, ...times })
    .execute();
  if (member === undefined) return;
  await scene.db
    .insertInto("group_members")
    .values({ group_id: id, organization_id, user_id: member, created_at: now })
    .execute();
}

const quotaOfAda = () => readQuota(scene.db, { ownerId: scene.ada.id, organizationId: scene.organizationId });
/** A start, stop or delete of ada's that a worker has taken. */
async function begin(transition: "start" | "stop" | "delete", workspaceId?: string) {
  if (workspaceId === undefined) await scene.createWorkspace(scene.ada, template, `w${++names}`);
  else await createBuild(scene.ada.ctx, scene.deps(), workspaceId, { transition });
  return await scene.acquire();
}
/** A workspace of ada's that runs and costs this. */
async function running(dailyCost: number): Promise<string> {
  const job = await begin("start");
  await scene.jobs.complete(job, buildResult(job, { dailyCost }));
  return job.workspace.id;
}
const commit = (job: BuildJob, dailyCost: number) => scene.jobs.commitQuota(job, dailyCost);

test("there is no budget until somebody is allowed something, and then it is the sum over one's groups", async () => {
  const [mine, others] = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"];
  await newGroup(mine, 0, scene.ada.id);
  await running(7);
  await expect(quotaOfAda()).resolves.toEqual({ credits_consumed: 7, budget: -1 });

  await newGroup(others, 100);
  await expect(quotaOfAda()).resolves.toEqual({ credits_consumed: 7, budget: 0 });
  await allow(3);
  await allow(5, mine);

  await expect(quotaOfAda()).resolves.toEqual({ credits_consumed: 7, budget: 8 });
  // To allow nothing is not to allow everything.
  for (const group of [scene.organizationId, mine, others]) await allow(0, group);
  await expect(quotaOfAda()).resolves.toEqual({ credits_consumed: 7, budget: 0 });
});

test("of a workspace its latest build counts, of a deleted one nothing, and of others' nothing", async () => {
  await allow(10);
  const [stopped, deleted] = [await running(2), await running(3)];
  await running(4);
  const admins = await scene.createWorkspace(scene.admin, template, "admins");
  await scene.work({ dailyCost: 50 });
  expect(admins.owner_id).toBe(scene.admin.id);
  await expect(quotaOfAda()).resolves.toMatchObject({ credits_consumed: 9 });

  for (const job of [await begin("stop", stopped), await begin("delete", deleted)]) {
    await scene.jobs.complete(job, buildResult(job));
  }

  await expect(quotaOfAda()).resolves.toMatchObject({ credits_consumed: 4 });
});

test("[builds 67] of what is spent a build that costs more than before and does not fit is refused, and changes nothing", async () => {
  await allow(10);
  await running(8);
  const id = await running(3);
  const job = await begin("start", id);

  await expect(commit(job, 5)).resolves.toEqual({ ok: false, creditsConsumed: 11, budget: 10 });

  // What runs goes on and costs what it did, until a build has changed that.
  await scene.jobs.fail(job, { error: "no credits", errorCode: "INSUFFICIENT_QUOTA", state: undefined });
  await expect(quotaOfAda()).resolves.toEqual({ credits_consumed: 11, budget: 10 });
});

test("[builds 68] who is over the budget stops, deletes and starts for less", async () => {
  await allow(100);
  const id = await running(30);
  await allow(10);

  const smaller = await begin("start", id);
  await expect(commit(smaller, 29)).resolves.toMatchObject({ ok: true });
  await scene.jobs.complete(smaller, buildResult(smaller, { dailyCost: 29 }));
  const stop = await begin("stop", id);
  await expect(commit(stop, 0)).resolves.toMatchObject({ ok: true });
  await scene.jobs.complete(stop, buildResult(stop));
  const again = await begin("start", id);
  await expect(commit(again, 29)).resolves.toEqual({ ok: false, creditsConsumed: 0, budget: 10 });
  await scene.jobs.fail(again, { error: "", errorCode: "INSUFFICIENT_QUOTA", state: undefined });
  await expect(commit(await begin("delete", id), 0)).resolves.toMatchObject({ ok: true });
});

test("[builds 69] of twenty that race for credits for five, five win", async () => {
  await allow(10);
  for (let index = 0; index < 20; index++) await scene.createWorkspace(scene.ada, template, `race-${index}`);
  const jobs = [];
  for (let index = 0; index < 20; index++) jobs.push(await scene.acquire());

  const decisions = await Promise.all(jobs.map((job) => commit(job, 2)));

  expect(decisions.filter(({ ok }) => ok)).toHaveLength(5);
  await expect(quotaOfAda()).resolves.toEqual({ credits_consumed: 10, budget: 10 });
});

test("a worker that lost its job spends nothing", async () => {
  await allow(10);
  const job = await begin("start");

  await expect(commit({ ...job, epoch: job.epoch - 1 }, 4)).resolves.toMatchObject({ ok: false });

  await expect(quotaOfAda()).resolves.toMatchObject({ credits_consumed: 0 });
  await expect(commit(job, 4)).resolves.toMatchObject({ ok: true });
  await expect(quotaOfAda()).resolves.toMatchObject({ credits_consumed: 4 });
});

test("a build knows the groups of its owner", async () => {
  await newGroup("11111111-1111-4111-8111-111111111111", 0, scene.ada.id);

  await expect(begin("start")).resolves.toMatchObject({ owner: { groups: ["11111111", "Everyone"] } });
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FakeClock } from "@hearth/base/fake-clock";
import { prebuildsUserId } from "@hearth/sdk";
import { contextOfSystem, grantFor } from "../access/testing/index.ts";
import { authorizeWorkspace } from "./access.ts";
import { recordActivity } from "./activity.ts";
import { findBuildRecords, type WorkspaceRow } from "./records.ts";
import { readAutostart, workspaceSettings } from "./settings.ts";
import { findWorkspace } from "./store.ts";
import { BuildingWorld, refusalOf, type TemplateFixture } from "../testing/index.ts";

let scene: BuildingWorld;
let clock: FakeClock;
let names = 0;
const minute = 60_000;
const hour = 60 * minute;
const perMs = 1_000_000;

beforeAll(async () => {
  clock = new FakeClock();
  scene = await BuildingWorld.create({ clock });
});

afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

async function running(
  settings: Readonly<Record<string, unknown>> = {},
  template?: TemplateFixture,
): Promise<WorkspaceRow> {
  const of = template ?? (await scene.createTemplate({ settings: { default_ttl: 8 * hour * perMs, ...settings } }));
  const { id } = await scene.createWorkspace(scene.ada, of, `w${++names}`);
  await scene.work();
  return await read(id);
}

async function read(id: string): Promise<WorkspaceRow> {
  const row = await findWorkspace(scene.db, id);
  if (row === undefined) throw new Error("no workspace");
  return row;
}

async function latest(id: string) {
  const [record] = await findBuildRecords(scene.db, { workspaceId: id, limit: 1 });
  if (record === undefined) throw new Error("no build");
  return record;
}

const granted = (workspace: WorkspaceRow) => authorizeWorkspace(scene.ada.ctx, "workspace:update", workspace);
const settings = () => workspaceSettings(scene.deps());

describe("time to autostop", () => {
  test("a new one does not move the running build", async () => {
    const workspace = await running();
    const before = (await latest(workspace.id)).build.deadline;

    await settings().setTtl(scene.ada.ctx, granted(workspace), workspace, 90_500);

    expect((await read(workspace.id)).ttl).toBe(minute * perMs);
    expect((await latest(workspace.id)).build.deadline).toEqual(before);
  });

  test.for([
    ["[builds 102] taking it away leaves the latest that the template allows", 10 * hour],
    ["taking it away leaves none where the template has none", undefined],
  ] as const)("%s", async ([, maxMs]) => {
    const workspace = await running();
    const max = maxMs === undefined ? null : new Date(clock.now() + maxMs);
    await scene.db
      .updateTable("workspace_builds")
      .set({ max_deadline: max })
      .where("workspace_id", "=", workspace.id)
      .execute();

    await settings().setTtl(scene.ada.ctx, granted(workspace), workspace, null);

    expect((await latest(workspace.id)).build.deadline).toEqual(max);
  });

  test("where the template decides, it is refused", async () => {
    const workspace = await running({ allow_user_autostop: false });

    expect(await refusalOf(settings().setTtl(scene.ada.ctx, granted(workspace), workspace, hour))).toMatchObject({
      status: 400,
      fields: ["ttl_ms"],
    });
  });
});

describe("autostart", () => {
  test("is set with its next start, and taken away", async () => {
    const workspace = await running();

    await settings().setAutostart(granted(workspace), workspace, readAutostart("CRON_TZ=UTC 0 9 * * *"));
    expect(await read(workspace.id)).toMatchObject({
      autostart_schedule: "CRON_TZ=UTC 0 9 * * *",
      next_start_at: new Date("2026-01-01T09:00:00Z"),
    });
    await settings().setAutostart(granted(workspace), workspace, undefined);
    expect(await read(workspace.id)).toMatchObject({ autostart_schedule: null, next_start_at: null });
  });

  test("needs a mismatch check only where updates are automatic", async () => {
    const template = await scene.createTemplate();
    const workspace = await running({}, template);
    await scene.addVersion(template.id, { parameters: [{ name: "needed", required: true }], isActive: true });

    expect(await settings().hasParameterMismatch(workspace)).toBe(false);
    await settings().setAutomaticUpdates(granted(workspace), "always");
    expect(await settings().hasParameterMismatch(await read(workspace.id))).toBe(true);
  });
});

describe("extending", () => {
  test("[builds 103] moves the deadline of the running build and tells watchers", async () => {
    const workspace = await running();
    scene.events.length = 0;

    const message = await settings().extend(
      scene.ada.ctx,
      granted(workspace),
      new Date(clock.now() + 9 * hour).toISOString(),
    );

    expect(message).toBe("Deadline updated to 2026-01-01T09:00:00Z.");
    expect((await latest(workspace.id)).build.deadline).toEqual(new Date("2026-01-01T09:00:00Z"));
    expect(scene.events).toMatchObject([{ kind: "mtd_update", workspace_id: workspace.id }]);
  });
});

describe("dormancy", () => {
  test("has an end where the template says so, and waking clears both", async () => {
    const workspace = await running({ time_til_dormant_autodelete: 24 * hour * perMs });

    expect(await settings().setDormancy(scene.ada.ctx, granted(workspace), workspace, true)).toBe(true);
    const asleep = await read(workspace.id);
    expect(asleep.deleting_at?.getTime()).toBe((asleep.dormant_at?.getTime() ?? 0) + 24 * hour);
    expect(await settings().setDormancy(scene.ada.ctx, granted(asleep), asleep, true)).toBe(false);
    await settings().setDormancy(scene.ada.ctx, granted(asleep), asleep, false);
    expect(await read(workspace.id)).toMatchObject({ dormant_at: null, deleting_at: null });
  });

  test("a dormant workspace has no next start", async () => {
    const workspace = await running();
    await settings().setAutostart(granted(workspace), workspace, readAutostart("0 9 * * *"));

    await settings().setDormancy(scene.ada.ctx, granted(workspace), workspace, true);

    expect((await read(workspace.id)).next_start_at).toBeNull();
  });
});

test("[builds 104] a workspace of the pool has no schedule", async () => {
  const workspace = await running();
  await scene.db.updateTable("workspaces").set({ owner_id: prebuildsUserId }).where("id", "=", workspace.id).execute();
  const pooled = await read(workspace.id);
  const { ctx } = scene.admin;
  const granted = authorizeWorkspace(ctx, "workspace:update", pooled);
  const deadline = new Date(clock.now() + 9 * hour).toISOString();

  const refusals = await Promise.all(
    [
      settings().setAutostart(granted, pooled, readAutostart("0 9 * * *")),
      settings().setTtl(ctx, granted, pooled, hour),
      settings().setDormancy(ctx, granted, pooled, true),
      settings().extend(ctx, granted, deadline),
    ].map(refusalOf),
  );

  expect(refusals.map(({ status }) => status)).toEqual([409, 409, 409, 409]);
});

test("favourites are one's own", async () => {
  const workspace = await running();

  await settings().setFavorite(granted(workspace), true);
  await settings().setFavorite(granted(workspace), true);
  expect(
    await refusalOf(settings().setFavorite(authorizeWorkspace(scene.admin.ctx, "workspace:update", workspace), true)),
  ).toMatchObject({ status: 403 });
  const rows = await scene.db.selectFrom("workspace_favorites").select("user_id").execute();
  expect(rows).toEqual([{ user_id: scene.ada.id }]);
});

describe("activity", () => {
  /** The deadline after activity `atMs` after the start, as milliseconds after the start. */
  async function bumped(
    atMs: number,
    template: Readonly<Record<string, unknown>> = {},
    build: { deadlineMs?: number; maxMs?: number } = {},
  ): Promise<number | undefined> {
    const workspace = await running({ default_ttl: hour * perMs, ...template });
    const startMs = clock.now();
    if (build.deadlineMs !== undefined || build.maxMs !== undefined) {
      await scene.db
        .updateTable("workspace_builds")
        .set({
          ...(build.deadlineMs === undefined ? {} : { deadline: new Date(startMs + build.deadlineMs) }),
          ...(build.maxMs === undefined ? {} : { max_deadline: new Date(startMs + build.maxMs) }),
        })
        .where("workspace_id", "=", workspace.id)
        .execute();
    }
    await recordActivity(
      contextOfSystem("agents"),
      scene.db,
      [grantFor("workspace:update", { id: workspace.id })],
      startMs + atMs,
    );
    const deadline = (await latest(workspace.id)).build.deadline;
    expect((await read(workspace.id)).last_used_at.getTime()).toBe(startMs + atMs);
    return deadline === null ? undefined : deadline.getTime() - startMs;
  }

  test("[builds 99] within the first 5 % nothing moves", async () => {
    expect(await bumped(0.04 * hour)).toBe(hour);
  });

  test("[builds 99] after that the deadline is a whole bump away", async () => {
    expect(await bumped(0.06 * hour)).toBe(1.06 * hour);
  });

  test("[builds 100] but not beyond what the template allows", async () => {
    expect(await bumped(0.5 * hour, {}, { maxMs: 1.2 * hour })).toBe(1.2 * hour);
  });

  test("it never moves back", async () => {
    expect(await bumped(0.5 * hour, {}, { deadlineMs: 3 * hour })).toBe(3 * hour);
  });

  test("without a bump nothing moves", async () => {
    expect(await bumped(0.5 * hour, { activity_bump: 0 })).toBe(hour);
  });

  test("without a deadline there is none", async () => {
    expect(await bumped(0.5 * hour, { default_ttl: 0 })).toBeUndefined();
  });

  test("[builds 101] over the next autostart it counts from there", async () => {
    const workspace = await running({ default_ttl: 2 * hour * perMs, activity_bump: hour * perMs });
    const startMs = clock.now();
    await scene.db
      .updateTable("workspaces")
      .set({ autostart_schedule: "0 9 * * *", next_start_at: new Date(startMs + 1.5 * hour) })
      .where("id", "=", workspace.id)
      .execute();

    await recordActivity(
      contextOfSystem("agents"),
      scene.db,
      [grantFor("workspace:update", { id: workspace.id })],
      startMs + hour,
    );

    expect((await latest(workspace.id)).build.deadline?.getTime()).toBe(startMs + 1.5 * hour + 2 * hour);
  });

  test("[prebuilds 150] workspaces of the pool have no deadline to move", async () => {
    const workspace = await running({ default_ttl: hour * perMs });
    await scene.db
      .updateTable("workspaces")
      .set({ owner_id: prebuildsUserId })
      .where("id", "=", workspace.id)
      .execute();
    const before = (await latest(workspace.id)).build.deadline;

    await recordActivity(
      contextOfSystem("agents"),
      scene.db,
      [grantFor("workspace:update", { id: workspace.id })],
      clock.now() + 0.5 * hour,
    );

    expect((await latest(workspace.id)).build.deadline).toEqual(before);
  });
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { createBuild } from "./create-build.ts";
import { findWorkspace } from "./store.ts";
import { renderWorkspaces } from "./render.ts";
import { BuildingWorld, type TemplateFixture } from "../testing/index.ts";

let scene: BuildingWorld;
let template: TemplateFixture;

beforeAll(async () => {
  scene = await BuildingWorld.create();
  template = await scene.createTemplate({ name: "plain" });
});

afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

test("a workspace is created, built, stopped and deleted", async () => {
  const { ada } = scene;
  const created = await scene.createWorkspace(ada, template, "dev");

  expect(created.latest_build).toMatchObject({
    status: "pending",
    build_number: 1,
    template_version_name: "",
    resources: [],
  });
  expect(created.latest_build.matched_provisioners?.available).toBe(1);

  const started = await scene.work();
  expect(started).toMatchObject({
    transition: "start",
    stage: "none",
    startCount: 1,
    isPrebuild: false,
    state: undefined,
  });
  expect(started.owner).toMatchObject({ name: "ada", mayRunUnsandboxed: false });
  const [running] = await renderWorkspaces(scene.db, [created.id], { viewerId: ada.id, nowMs: scene.clock.now() });
  expect(running?.latest_build).toMatchObject({ status: "running", has_ai_task: false });
  expect(running?.latest_build.resources[0]?.agents?.[0]?.name).toBe("main");
  expect(running?.health).toMatchObject({ healthy: false });

  await createBuild(ada.ctx, scene.deps(), created.id, { transition: "stop" });
  const stopped = await scene.work();
  expect(Buffer.from(stopped.state ?? []).toString()).toBe(JSON.stringify({ build: started.buildId }));

  await createBuild(ada.ctx, scene.deps(), created.id, { transition: "delete" });
  await scene.work();
  expect((await findWorkspace(scene.db, created.id))?.deleted).toBe(true);
  expect(scene.events.every(({ ownerId }) => ownerId === ada.id)).toBe(true);
});

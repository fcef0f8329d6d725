import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createContext, type Context } from "../access/index.ts";
import { createBuild } from "./create-build.ts";
import { createWorkspace } from "./create-workspace.ts";
import { BuildingWorld, refusalOf } from "../testing/index.ts";

let scene: BuildingWorld;
/** Ada, as an admin of the organization: she may build what others own. */
let adas: Context;

beforeEach(async () => {
  scene = await BuildingWorld.create();
  const { actor, log, signal } = scene.ada.ctx;
  if (actor.kind !== "user") throw new Error("ada is a user");
  const roles = new Map([[scene.organizationId, ["organization-admin", "organization-member"]]]);
  adas = createContext({ ...actor, organizationRoles: roles }, log, signal);
});

afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

const word = { name: "word", defaultValue: "plain", mutable: true };

async function loseSandbox(unsandboxed: Readonly<Record<string, string>> = { process: "no bwrap" }): Promise<void> {
  const engines = Object.fromEntries(
    ["process", ...Object.keys(unsandboxed)].map((name) => [
      name,
      { livesOnHost: true, unsandboxed: unsandboxed[name] },
    ]),
  );
  await scene.db
    .updateTable("provisioner_daemons")
    .set({ engines: JSON.stringify(engines) })
    .execute();
}

async function build(ctx: Context, id: string, request: Parameters<typeof createBuild>[3]): Promise<void> {
  await createBuild(ctx, scene.deps(), id, request);
  await scene.work();
}

async function restart(ctx: Context, id: string, request: Omit<Parameters<typeof createBuild>[3], "transition"> = {}) {
  await build(scene.admin.ctx, id, { transition: "stop" });
  return await refusalOf(createBuild(ctx, scene.deps(), id, { transition: "start", ...request }));
}

/** A running workspace of the deployment's owner, made while there was a sandbox. */
async function owners(ctx: Context, value?: string): Promise<string> {
  const template = await scene.createTemplate({ parameters: [word] });
  const { workspace } = await createWorkspace(ctx, scene.deps(), scene.admin, {
    template_id: template.id,
    name: "w",
    ...(value === undefined ? {} : { rich_parameter_values: [{ name: "word", value }] }),
  });
  await scene.work();
  return workspace.id;
}

test("a value that no owner chose is remembered, and comes to no build without a sandbox", async () => {
  const id = await owners(adas, "; id");
  await loseSandbox();

  expect(await restart(scene.admin.ctx, id)).toMatchObject({
    code: "sandbox_required",
    message: expect.stringContaining('"ada", who is no owner of this deployment, chose values') as string,
  });
  await build(scene.admin.ctx, id, {
    transition: "start",
    rich_parameter_values: [{ name: "word", value: "hello" }],
  });
});

test.for<[what: string, columns: object, isRefused: boolean]>([
  ["one that may run it refuses nothing", {}, false],
  ["one that knows another template language helps nobody", { languages: ["terraform"] }, true],
  ["one that was not seen lately helps nobody", { last_seen_at: new Date(0) }, true],
  ["one without the version's tags helps nobody", { tags: {} }, true],
])("a daemon with a sandbox beside one without: %s", async ([, columns, isRefused]) => {
  const id = await owners(scene.admin.ctx);
  await build(scene.admin.ctx, id, { transition: "stop" });
  const tags = { gpu: "1" };
  await scene.db
    .updateTable("provisioner_jobs")
    .set({ tags: JSON.stringify(tags) })
    .execute();
  await scene.db
    .updateTable("provisioner_daemons")
    .set({ tags: JSON.stringify(tags) })
    .execute();
  // What may run jobs of other versions is another matter.
  await scene.createTemplate({ name: "other" });
  const daemon = await scene.db.selectFrom("provisioner_daemons").selectAll().executeTakeFirstOrThrow();
  await loseSandbox();
  const beside = { ...daemon, id: randomUUID(), name: "beside", ...columns };
  await scene.db
    .insertInto("provisioner_daemons")
    .values({ ...beside, engines: JSON.stringify(beside.engines), tags: JSON.stringify(beside.tags) })
    .execute();

  const rich_parameter_values = [{ name: "word", value: "; id" }];
  const created = createBuild(adas, scene.deps(), id, { transition: "start", rich_parameter_values });
  if (isRefused) expect(await refusalOf(created)).toMatchObject({ code: "sandbox_required" });
  else expect(await created).toMatchObject({ isNew: true });
});

test("nothing is kept of a refused build", async () => {
  const id = await owners(scene.admin.ctx);
  await loseSandbox();
  await restart(adas, id, { rich_parameter_values: [{ name: "word", value: "; id" }] });

  const builds = await scene.db.selectFrom("workspace_builds").select("transition").execute();
  expect(builds.map(({ transition }) => transition)).toEqual(["start", "stop"]);
  await build(adas, id, { transition: "start" });
});

test("a stop with another's version brings none of its words into the next start", async () => {
  const id = await owners(scene.admin.ctx);
  const { template_id } = await scene.db.selectFrom("workspaces").select("template_id").executeTakeFirstOrThrow();
  const more = (defaultValue: string, authorId: string) =>
    scene.addVersion(template_id, { parameters: [word, { name: "more", defaultValue, mutable: true }], authorId });
  const theirs = await more("; id", scene.ada.id);
  const ours = await more("fine", scene.admin.id);
  await loseSandbox();

  await build(adas, id, { transition: "stop", template_version_id: theirs.versionId });
  const start = { transition: "start", template_version_id: ours.versionId } as const;
  expect(await refusalOf(createBuild(scene.admin.ctx, scene.deps(), id, start))).toMatchObject({
    code: "sandbox_required",
    message: expect.stringContaining('"ada"') as string,
  });
});

test("where some daemon has a sandbox it is left to the engine that builds, which is told", async () => {
  const id = await owners(adas, "; id");
  await loseSandbox({ docker: "none" });
  await build(scene.admin.ctx, id, { transition: "stop" });

  await createBuild(scene.admin.ctx, scene.deps(), id, { transition: "start" });

  expect((await scene.acquire()).owner.mayRunUnsandboxed).toBe(false);
});

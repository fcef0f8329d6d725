import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authorizeList } from "../access/index.ts";
import { grantFor, ownerContext } from "../access/testing/index.ts";
import { BuildingWorld } from "../testing/index.ts";
import { findFile, readFile, storeFile } from "./file-store.ts";
import { listVersions } from "./store.ts";
import { searchTemplates } from "./template-query.ts";
import { archiveUnused } from "./versions.ts";

let scene: BuildingWorld;
beforeAll(async () => (scene = await BuildingWorld.create()));
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

test("a file of several pieces comes back as it was, and keeps its id", async () => {
  const bytes = randomBytes(2_500_000);
  const granted = grantFor("file:create", { ownerId: scene.admin.id });
  const file = {
    mimetype: "application/x-tar",
    sizeBytes: bytes.length,
    hash: createHash("sha256").update(bytes).digest(),
    async *read() {
      for (let at = 0; at < bytes.length; at += 1_000_000)
        yield await Promise.resolve(bytes.subarray(at, at + 1_000_000));
    },
  };
  const { id, isNew } = await storeFile(ownerContext(), scene.deps(), granted, file);

  expect(isNew).toBe(true);
  expect(await findFile(scene.db, id)).toMatchObject({ sizeBytes: bytes.length, createdBy: scene.admin.id });
  const pieces: Uint8Array[] = [];
  for await (const piece of readFile(scene.db, grantFor("file:read", { id }))) pieces.push(piece);
  expect(pieces.length).toBe(3);
  expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
  expect(await storeFile(ownerContext(), scene.deps(), granted, file)).toEqual({ id, isNew: false });
});

describe("templates are found", () => {
  const find = async (q: string) => {
    const visible = authorizeList(ownerContext(), "template:read");
    const rows = await searchTemplates(scene.db, q, { visible, callerId: scene.admin.id });
    return rows.map(({ name }) => name);
  };

  beforeAll(async () => {
    await scene.createTemplate({ name: "Docker" });
    await scene.createTemplate({ name: "b_d", settings: { display_name: "Docker too", deprecated: "old" } });
    await scene.createTemplate({ name: "gone", settings: { deleted: true } });
  });

  test.for([
    ["", ["b_d", "Docker"]],
    ["docker", ["b_d", "Docker"]],
    ["name:_", ["b_d"]],
    ["exact_name:docker", ["Docker"]],
    ['exact_display_name:"docker too"', ["b_d"]],
    ["deprecated:false", ["Docker"]],
    ["deleted:true", ["gone"]],
    ["author:me", ["b_d", "Docker"]],
    ["author:nobody", []],
    ["organization:hearth name:doc", ["Docker"]],
  ] satisfies [string, string[]][])("by %j", async ([q, names]) => {
    expect(await find(q)).toEqual(names);
  });

  test("in an organization that is there", async () => {
    await expect(find("organization:elsewhere")).rejects.toMatchObject({ code: "bad_query" });
  });
});

test("versions go on after one that was seen, and those in use are not archived", async () => {
  const template = await scene.createTemplate({});
  const unused = await scene.addVersion(template.id, {});
  const left = await scene.addVersion(template.id, {});
  await scene.promote(template.id, left.versionId);
  const { id } = await scene.createWorkspace(scene.admin, left, "moves");
  await scene.work();
  const ids = [template.versionId, unused.versionId, left.versionId];
  const page = { includeArchived: true };

  const listed = (await listVersions(scene.db, template.id, page)).map((version) => version.id);
  expect(listed.toSorted()).toEqual(ids.toSorted());
  const afterId = listed[0];
  expect((await listVersions(scene.db, template.id, { ...page, afterId })).map((version) => version.id)).toEqual(
    listed.slice(1),
  );

  const archive = (versionIds: readonly string[]) =>
    archiveUnused(scene.db, grantFor("template:update", { id: template.id }), versionIds, scene.clock.now());
  expect(await archive([unused.versionId, left.versionId])).toEqual([unused.versionId]);
  // The workspace has gone on to another: its latest build alone keeps a version.
  await scene.db
    .insertInto("workspace_builds")
    .columns([
      "id",
      "workspace_id",
      "template_version_id",
      "build_number",
      "transition",
      "initiator_id",
      "job_id",
      "created_at",
      "updated_at",
    ])
    .expression((eb) =>
      eb
        .selectFrom("provisioner_jobs as j")
        .innerJoin("template_versions as v", "v.job_id", "j.id")
        .select((of) => [
          of.fn<string>("gen_random_uuid", []).as("id"),
          of.val(id).as("workspace_id"),
          "v.id as template_version_id",
          of.lit(2).as("build_number"),
          of.val("start" as const).as("transition"),
          "j.initiator_id",
          "j.id as job_id",
          "j.created_at",
          "j.updated_at",
        ])
        .where("v.id", "=", template.versionId),
    )
    .execute();
  expect(await archive(ids)).toEqual([left.versionId]);
});

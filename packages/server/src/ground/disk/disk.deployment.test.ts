import { afterAll, beforeAll, expect, test } from "vitest";
import { packFiles } from "@hearth/provisioner";
import { createClient, endpoints, zeroUuid, type Workspace } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";

// The disk of a server fills up and is cleared again, as its file system tells it; `e2e/full-disk.test.ts` fills a real one.

const mebibyte = 1024 ** 2;
const manifest = "workspace: { engine: process }\nagents: [{ name: main }]\n";

let free = 10_000 * mebibyte;
let deployment: Deployment;
let templateId: string;
let workspace: Workspace;
beforeAll(async () => {
  deployment = await Deployment.create({ freeDiskBytes: () => free });
  templateId = (await deployment.pushTemplate("bare", manifest)).id;
  workspace = await create("before");
  await deployment.settled(workspace.id);
});
afterAll(async () => {
  await deployment[Symbol.asyncDispose]();
});

async function create(name: string): Promise<Workspace> {
  return await deployment.client.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { template_id: templateId, name },
  });
}

async function build(transition: "start" | "stop" | "delete") {
  return await deployment.client.call(endpoints.builds.createBuild, {
    params: { workspace: workspace.id },
    body: { transition },
  });
}

async function upload(text: string) {
  const body = await packFiles(new Map([["hearth.yaml", new TextEncoder().encode(text)]]));
  return await deployment.client.call(endpoints.files.uploadFile, { body });
}

async function version(fileId: string) {
  const organization = (await deployment.client.call(endpoints.organizations.listOrganizations, {}))[0]?.id ?? "";
  return await deployment.client.call(endpoints.templateVersions.createTemplateVersion, {
    params: { organization },
    body: { storage_method: "file", file_id: fileId, provisioner: "terraform", template_id: zeroUuid },
  });
}

/** What a call is refused with; nothing when it is taken. */
async function refusal(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test("with less free than is kept, builds and uploads are refused with the reason and the rest goes on", async () => {
  const { hash } = await upload(manifest);
  await build("stop");
  await deployment.settled(workspace.id);

  free = 300 * mebibyte;
  // What the file system said is good for a second.
  await expect.poll(async () => await refusal(upload(`${manifest}# 1\n`)), { timeout: 10_000 }).toBeDefined();
  const refused = await Promise.all([
    refusal(create("during")),
    refusal(build("start")),
    refusal(upload(`${manifest}# 2\n`)),
    refusal(version(hash)),
  ]);

  for (const error of refused) {
    expect(error).toMatchObject({
      status: 507,
      code: "insufficient_storage",
      message: expect.stringMatching(/ needs 512 MiB free on the server's disk, and 300 MiB are: delete workspaces/),
    });
  }
  const listed = await deployment.client.call(endpoints.workspaces.listWorkspaces, {});
  expect(listed.workspaces.map(({ name }) => name)).toEqual(["before"]);
  await deployment.createMember("ada"); // who also logs in
  await createClient({ url: deployment.url }).call(endpoints.deployment.getBuildInfo, {});
  await build("stop");
  await deployment.settled(workspace.id);
});

test("when there is room again everything is taken again, and a delete never needed any", async () => {
  free = 300 * mebibyte;
  await build("delete");
  await deployment.settled(workspace.id);

  free = 10_000 * mebibyte;
  await expect.poll(async () => await refusal(create("after")), { timeout: 10_000 }).toBeUndefined();
  await upload(`${manifest}# 3\n`);
});

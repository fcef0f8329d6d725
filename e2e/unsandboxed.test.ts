import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { silentLogger } from "@hearth/base";
import { TestFolder } from "@hearth/base/test-folder";
import { packFiles, ProcessEngine } from "@hearth/provisioner";
import { endpoints, type Client, type Template } from "@hearth/sdk";
import { codeOf, Deployment, upgradeStatus } from "@hearth/testkit";

const reason = "bubblewrap is turned off for this test";
const marker = (text: string) => `
parameters: [{ name: word, type: string, default: plain, mutable: true }]
presets:
  - { name: warm, default: true, prebuilds: { instances: 1 } }
workspace: { engine: process }
agents:
  - name: main
    scripts: [{ name: hello, on: start, run: "echo '${text}' \${param.word} > \\"$HOME/said\\"" }]
`;

/** A real server with real agents on a host without a sandbox, in which nobody is trusted beyond their rights. */
async function openHost() {
  await using undo = new AsyncDisposableStack();
  const dataDir = undo.use(new TestFolder()).path;
  const engine = new ProcessEngine({
    dataDir,
    agentCommand: { file: process.execPath, args: [join(import.meta.dirname, "../packages/agent/dist/agent.mjs")] },
    log: silentLogger,
    sandbox: { works: false, reason },
  });
  const deployment = undo.use(await Deployment.create({ engine, env: { HEARTH_ALLOW_UNSANDBOXED: "false" } }));
  const admin = await deployment.createMember("orgadmin");
  await deployment.client.call(endpoints.organizations.updateMemberRoles, {
    params: { organization: "default", user: "orgadmin" },
    body: { roles: ["organization-admin"] },
  });
  const owned = undo.move();
  return { deployment, owner: deployment.client, admin, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Pushes a version as `client`, and promotes it as `promoter`. */
async function pushVersion(d: Deployment, template: Template, manifest: string, client: Client, promoter: Client) {
  const body = await packFiles(new Map([["hearth.yaml", new TextEncoder().encode(manifest)]]));
  const { hash } = await client.call(endpoints.files.uploadFile, { body });
  const version = await client.call(endpoints.templateVersions.createTemplateVersion, {
    params: { organization: template.organization_id },
    body: { storage_method: "file", file_id: hash, provisioner: "terraform", template_id: template.id },
  });
  const params = { templateversion: version.id };
  await d.until(
    "the version is imported",
    () => client.call(endpoints.templateVersions.getTemplateVersion, { params }),
    ({ job }) => job.status === "succeeded",
  );
  await promoter.call(endpoints.templates.promoteTemplateVersion, {
    params: { template: template.id },
    body: { id: version.id },
  });
  return version.id;
}

function create(client: Client, user: string, template: Template, name: string, word?: string) {
  return client.call(endpoints.workspaces.createWorkspace, {
    params: { user },
    body: {
      template_id: template.id,
      name,
      ...(word === undefined ? {} : { rich_parameter_values: [{ name: "word", value: word }] }),
    },
  });
}

test("an organization's admin sees another's workspace and does not enter it", async () => {
  await using host = await openHost();
  const { deployment, owner, admin } = host;
  const template = await deployment.pushTemplate("tool", marker("owner"));
  const mine = await create(owner, "me", template, "mine");
  const settled = await deployment.settled(mine.id);
  const agent = settled.latest_build.resources.flatMap((resource) => resource.agents ?? [])[0]?.id ?? "";

  expect(await codeOf(admin.call(endpoints.workspaces.getWorkspace, { params: { workspace: mine.id } }))).toBe("yes");
  const ways = [
    `/api/v2/workspaceagents/${agent}/pty?reconnect=${randomUUID()}`,
    `/api/v2/workspaceagents/${agent}/dial?port=1`,
    `/api/v2/workspaceagents/${agent}/dial?port=8080`,
  ];
  const upgradeAs = (client: Client, way: string) =>
    upgradeStatus(new URL(way, deployment.url), { headers: { "Coder-Session-Token": client.token ?? "" } });
  for (const way of ways) expect([way, await upgradeAs(admin, way)]).toEqual([way, 404]);
  for (const way of ways) expect([way, await upgradeAs(owner, way)]).toEqual([way, 101]);
});

test("without a sandbox runs what an owner wrote and promoted, in an owner's workspace, whoever asks", async () => {
  await using host = await openHost();
  const { deployment, owner, admin } = host;
  const template = await deployment.pushTemplate("tool", marker("owner"));
  const pools = () => owner.call(endpoints.hearth.listPools, { params: { template: template.id } });
  await deployment.until("the owner's pool is full", pools, ([pool]) => pool?.ready === 1);
  const mine = await create(owner, "me", template, "mine");
  await deployment.settled(mine.id);

  // A version that the admin wrote and promoted is built by nobody, and the pool says why without trying.
  const adminsVersion = await pushVersion(deployment, template, marker("admin"), admin, admin);
  const builtOfIt = async () =>
    (await owner.call(endpoints.workspaces.listWorkspaces, { query: { q: "owner:prebuilds" } })).workspaces
      .filter(({ latest_build }) => latest_build.template_version_id === adminsVersion)
      .map(({ latest_build }) => latest_build.status);
  const [refused, built] = await deployment.until(
    "the pool has seen it",
    async () => [(await pools())[0], await builtOfIt()] as const,
    ([pool, statuses]) => pool?.status !== "healthy" || statuses.includes("running"),
  );
  expect(built).toEqual([]);
  expect(refused).toMatchObject({ status: "sandbox_required", ready: 0, building: 0 });
  expect(refused?.status_detail).toContain('was written by "orgadmin"');
  expect(await codeOf(create(owner, "me", template, "second"))).toBe("sandbox_required");
  expect(await codeOf(create(admin, "me", template, "third"))).toBe("sandbox_required");
  expect(await codeOf(create(admin, "admin", template, "fourth"))).toBe("sandbox_required");

  // Nor does an owner's promotion make an admin's words an owner's, nor an admin's an owner's version trusted.
  const theirs = await pushVersion(deployment, template, marker("again"), admin, owner);
  expect(await codeOf(create(owner, "me", template, "fifth"))).toBe("sandbox_required");
  await pushVersion(deployment, template, marker("owner 2"), owner, admin);
  expect(await codeOf(create(owner, "me", template, "sixth"))).toBe("sandbox_required");

  // A restart that asks for it by id is the same.
  await owner.call(endpoints.builds.createBuild, { params: { workspace: mine.id }, body: { transition: "stop" } });
  await deployment.settled(mine.id);
  const start = (client: Client, more: object = {}) =>
    client.call(endpoints.builds.createBuild, {
      params: { workspace: mine.id },
      body: { transition: "start", ...more },
    });
  expect(await codeOf(start(owner, { template_version_id: theirs }))).toBe("sandbox_required");
  // Values are words too.
  const values = { rich_parameter_values: [{ name: "word", value: "; id > /tmp/root" }] };
  expect(await codeOf(start(admin, values))).toBe("sandbox_required");
  expect(await codeOf(start(admin))).toBe("yes");
  expect((await deployment.settled(mine.id)).latest_build.status).toBe("running");

  // Once an owner promotes what an owner wrote, the pool fills by itself.
  const id = await pushVersion(deployment, template, marker("owner 3"), owner, owner);
  const [healed] = await deployment.until("the pool is full again", pools, ([pool]) => pool?.ready === 1);
  expect(healed).toMatchObject({ status: "healthy", status_detail: "" });

  // An admin who makes it active once more takes nothing away from that.
  await admin.call(endpoints.templates.promoteTemplateVersion, { params: { template: template.id }, body: { id } });

  // What the pool runs without a sandbox is given to nobody who may not have it.
  const member = await deployment.createMember("mel");
  expect(await codeOf(create(member, "me", template, "seventh"))).toBe("sandbox_required");
  expect(await codeOf(create(admin, "me", template, "eighth"))).toBe("sandbox_required");
  const claimed = await create(owner, "me", template, "ninth");
  expect((await deployment.settled(claimed.id)).latest_build).toMatchObject({ status: "running", build_number: 2 });
});

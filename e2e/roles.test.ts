import { createClient, endpoints, type Client } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

let deployment: Deployment;
let ownerId: string;
beforeAll(async () => {
  deployment = await Deployment.create();
  ownerId = (await deployment.client.call(endpoints.users.getUser, { params: { user: "me" } })).id;
});
afterAll(() => deployment[Symbol.asyncDispose]());

/** Somebody with these roles, logged in. */
async function somebody(name: string, roles: { site?: string[]; organization?: string[] }): Promise<Client> {
  const client = await deployment.createMember(name);
  if (roles.site !== undefined) {
    await deployment.client.call(endpoints.users.updateUserRoles, {
      params: { user: name },
      body: { roles: roles.site },
    });
  }
  if (roles.organization !== undefined) await giveInOrganization(deployment.client, name, roles.organization);
  return client;
}

async function giveInOrganization(client: Client, user: string, roles: string[]): Promise<void> {
  await client.call(endpoints.organizations.updateMemberRoles, {
    params: { organization: "default", user },
    body: { roles },
  });
}

describe("who administers users", () => {
  let admin: Client;
  beforeAll(async () => {
    admin = await somebody("ulla", { site: ["user-admin"] });
    await somebody("target", {});
  });

  test("manages users who may do no more", async () => {
    const params = { user: "target" };
    await admin.call(endpoints.users.updateUserPassword, { params, body: { password: "An0ther-passw0rd" } });
    await admin.call(endpoints.users.suspendUser, { params });
    await admin.call(endpoints.users.activateUser, { params });
    await admin.call(endpoints.users.updateUserRoles, { params, body: { roles: ["user-admin"] } });
    const { roles } = await admin.call(endpoints.users.updateUserRoles, { params, body: { roles: [] } });

    expect(roles).toEqual([]);
    const body = { email: "target@example.com", password: "An0ther-passw0rd" };
    const { session_token } = await createClient({ url: deployment.url }).call(endpoints.auth.login, { body });
    expect(session_token).not.toBe("");
  });

  test.for<[what: string, attempt: (owner: { user: string }) => Promise<unknown>]>([
    [
      "sets no owner's password",
      (params) => admin.call(endpoints.users.updateUserPassword, { params, body: { password: "An0ther-passw0rd" } }),
    ],
    [
      "takes no owner's name",
      (params) => admin.call(endpoints.users.updateUserProfile, { params, body: { username: "was-owner", name: "" } }),
    ],
    ["makes no owner's git key anew", (params) => admin.call(endpoints.users.regenerateGitSshKey, { params })],
    ["takes no owner's role", (params) => admin.call(endpoints.users.updateUserRoles, { params, body: { roles: [] } })],
    ["deletes no owner", (params) => admin.call(endpoints.users.deleteUser, { params })],
    [
      "makes nobody an owner",
      () => admin.call(endpoints.users.updateUserRoles, { params: { user: "target" }, body: { roles: ["owner"] } }),
    ],
    [
      "makes nobody who manages templates, which it does not itself",
      () =>
        admin.call(endpoints.users.updateUserRoles, {
          params: { user: "target" },
          body: { roles: ["template-admin"] },
        }),
    ],
    ["makes nobody an organization's admin", () => giveInOrganization(admin, "target", ["organization-admin"])],
  ])("%s", async ([, attempt]) => {
    await expect(attempt({ user: ownerId })).rejects.toMatchObject({ status: 403, code: "forbidden" });

    const owner = await deployment.client.call(endpoints.users.getUser, { params: { user: "me" } });
    expect(owner).toMatchObject({ username: "admin", roles: [{ name: "owner" }] });
    const held = await deployment.client.call(endpoints.users.getUserRoles, { params: { user: "target" } });
    expect(held.roles).toEqual([]);
    expect(Object.values(held.organization_roles)).toEqual([[]]);
  });
});

test("an organization's admin gives its roles, and a role takes away what another would give", async () => {
  const admin = await somebody("olaf", { organization: ["organization-admin"] });
  const banned = await somebody("banned", {});
  const template = await deployment.pushTemplate(
    "plain",
    "name: plain\nworkspace: { engine: process }\nagents: [{ name: main }]\n",
  );

  await giveInOrganization(admin, "banned", ["organization-workspace-creation-ban"]);

  const body = { template_id: template.id, name: "dev" };
  await expect(
    banned.call(endpoints.workspaces.createWorkspace, { params: { user: "me" }, body }),
  ).rejects.toMatchObject({ status: 403 });
  await giveInOrganization(admin, "banned", []);
  expect((await banned.call(endpoints.workspaces.createWorkspace, { params: { user: "me" }, body })).name).toBe("dev");
});

test("who watches over templates sees everybody's workspaces, and enters none", async () => {
  const admin = await somebody("tessa", { site: ["template-admin"] });
  const owned = await deployment.client.call(endpoints.workspaces.listWorkspaces, {});

  const seen = await admin.call(endpoints.workspaces.listWorkspaces, {});

  expect(seen.count).toBe(owned.count);
  expect(seen.count).toBeGreaterThan(0);
  const [workspace] = seen.workspaces;
  const params = { workspace: workspace?.id ?? "" };
  await expect(
    admin.call(endpoints.builds.createBuild, { params, body: { transition: "stop" } }),
  ).rejects.toMatchObject({ status: 403 });
});

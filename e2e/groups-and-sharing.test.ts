import { createClient, endpoints, type Client, type Group, type PatchGroupRequest, type Template } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { archive } from "./access/world.ts";

const manifest = `
workspace: { engine: process }
agents: [{ name: main }]
`;
const organization = "default";

let deployment: Deployment;
let owner: Client;
let template: Template;
/** Two plain members with their ids. */
let ada: Client;
let adaId: string;
let bob: Client;
let bobId: string;
beforeAll(async () => {
  deployment = await Deployment.create();
  owner = deployment.client;
  template = await deployment.pushTemplate("plain", manifest);
  [ada, bob] = [await deployment.createMember("ada"), await deployment.createMember("bob")];
  [adaId, bobId] = [await idOf(ada), await idOf(bob)];
});
afterAll(() => deployment[Symbol.asyncDispose]());

async function idOf(client: Client): Promise<string> {
  return (await client.call(endpoints.users.getUser, { params: { user: "me" } })).id;
}

const newGroup = async (name: string, add_users: string[] = []): Promise<Group> => {
  const { id } = await owner.call(endpoints.groups.createGroup, { params: { organization }, body: { name } });
  return await owner.call(endpoints.groups.updateGroup, { params: { group: id }, body: { add_users } });
};
const patchGroup = async (group: string, body: PatchGroupRequest): Promise<Group> =>
  await owner.call(endpoints.groups.updateGroup, { params: { group }, body });

describe("a group", () => {
  test("is made, renamed, found by name and by member, and deleted", async () => {
    const made = await owner.call(endpoints.groups.createGroup, {
      params: { organization },
      body: { name: "makers", display_name: "Makers", quota_allowance: 4 },
    });
    expect(made).toMatchObject({
      name: "makers",
      display_name: "Makers",
      members: [],
      total_member_count: 0,
      quota_allowance: 4,
      source: "user",
      organization_id: template.organization_id,
    });

    const changed = await patchGroup(made.id, { name: "builders", add_users: [adaId, bobId] });

    expect(changed).toMatchObject({
      name: "builders",
      display_name: "Makers",
      total_member_count: 2,
      quota_allowance: 4,
    });
    expect(changed.members.map(({ username }) => username)).toEqual(["ada", "bob"]);
    const named = { organization, groupName: "Builders" };
    await expect(ada.call(endpoints.groups.getGroupByName, { params: named })).resolves.toMatchObject({ id: made.id });
    const page = await ada.call(endpoints.groups.listMembersOfNamedGroup, {
      params: named,
      query: { limit: 1, offset: 1 },
    });
    expect(page).toMatchObject({ users: [{ username: "bob" }], count: 2 });
    const ofAda = await ada.call(endpoints.groups.listGroups, { query: { has_member: "ada", organization } });
    expect(ofAda.map(({ name }) => name)).toEqual(["builders", "Everyone"]);
    await patchGroup(made.id, { remove_users: [adaId] });
    const left = await ada.call(endpoints.groups.listGroups, { query: { has_member: "ada" } });
    expect(left.map(({ name }) => name)).toEqual(["Everyone"]);

    await owner.call(endpoints.groups.deleteGroup, { params: { group: made.id } });

    await expect(ada.call(endpoints.groups.getGroup, { params: { group: made.id } })).rejects.toMatchObject({
      status: 404,
    });
  });

  test("of everyone has whoever is in the organization, and is there to stay", async () => {
    const params = { group: template.organization_id };
    const everyone = await ada.call(endpoints.groups.getGroup, { params });
    expect(everyone).toMatchObject({ name: "Everyone", total_member_count: 3 });
    expect(everyone.members.map(({ username }) => username)).toEqual(["ada", "admin", "bob"]);

    await expect(owner.call(endpoints.groups.deleteGroup, { params })).rejects.toMatchObject({ status: 400 });
    await expect(patchGroup(params.group, { name: "all" })).rejects.toMatchObject({ status: 400 });
    await expect(patchGroup(params.group, { remove_users: [adaId] })).rejects.toMatchObject({ status: 400 });
    await expect(patchGroup(params.group, { quota_allowance: 0 })).resolves.toMatchObject({ name: "Everyone" });
  });

  test.for<[what: string, body: object, status: number, field: string]>([
    ["a name that is taken", { name: "TAKEN" }, 409, "name"],
    ["the name of everyone", { name: "everyone" }, 400, "name"],
    ["no name", { name: "" }, 400, "name"],
    ["a blank in its name", { name: "a b" }, 400, "name"],
    ["an allowance below nothing", { name: "poor", quota_allowance: -1 }, 400, "quota_allowance"],
    ["an allowance that is stored nowhere", { name: "rich", quota_allowance: 2 ** 31 }, 400, "quota_allowance"],
  ])("is not made with %s", async ([, body, status, field]) => {
    await newGroup("taken").catch(() => undefined); // there after the first
    const made = owner.call(endpoints.groups.createGroup, { params: { organization }, body: body as { name: string } });

    await expect(made).rejects.toMatchObject({ status, validations: [{ field }] });
  });

  test("takes in nobody from outside, and then changes nothing", async () => {
    const group = await newGroup("closed");
    await deployment.createMember("gone");
    const gone = await owner.call(endpoints.users.getUser, { params: { user: "gone" } });
    await owner.call(endpoints.organizations.removeMember, { params: { organization, user: "gone" } });

    const refused = patchGroup(group.id, { name: "open", add_users: [adaId, gone.id] });

    await expect(refused).rejects.toMatchObject({ status: 400, validations: [{ field: "add_users" }] });
    await expect(owner.call(endpoints.groups.getGroup, { params: { group: group.id } })).resolves.toMatchObject({
      name: "closed",
      total_member_count: 0,
    });
  });

  test("loses whoever leaves the organization", async () => {
    await deployment.createMember("leaver");
    const { id } = await owner.call(endpoints.users.getUser, { params: { user: "leaver" } });
    const group = await newGroup("short-lived", [id]);
    expect(group.total_member_count).toBe(1);

    await owner.call(endpoints.organizations.removeMember, { params: { organization, user: "leaver" } });
    await owner.call(endpoints.organizations.addMember, { params: { organization, user: "leaver" } });

    const after = await owner.call(endpoints.groups.getGroup, { params: { group: group.id } });
    expect(after.members).toEqual([]);
  });
});

describe("nobody is put into a group that is given more than the asker may do", () => {
  let admin: Client;
  let adminId: string;
  beforeAll(async () => {
    admin = await deployment.createMember("uma");
    adminId = await idOf(admin);
    await owner.call(endpoints.users.updateUserRoles, { params: { user: "uma" }, body: { roles: ["user-admin"] } });
  });
  const join = (client: Client, group: Group, ...add_users: string[]) =>
    client.call(endpoints.groups.updateGroup, { params: { group: group.id }, body: { add_users } });

  test("of a template, whatever a member shares with it", async () => {
    const [plain, templateAdmins] = [await newGroup("g1"), await newGroup("g2")];
    await owner.call(endpoints.sharing.updateTemplateAcl, {
      params: { template: template.id },
      body: { group_perms: { [templateAdmins.id]: "admin", [plain.id]: "use" } },
    });
    const { id: workspace } = await ada.call(endpoints.workspaces.createWorkspace, {
      params: { user: "me" },
      body: { template_id: template.id, name: "for-guests" },
    });
    await ada.call(endpoints.sharing.updateWorkspaceAcl, {
      params: { workspace },
      body: { group_roles: { [plain.id]: "admin" } },
    });

    // What a workspace's owner shares with a group stops nobody who administers it.
    // She uses the template as everyone does, and administers users.
    await expect(join(admin, plain, bobId)).resolves.toMatchObject({ total_member_count: 1 });
    await expect(bob.call(endpoints.workspaces.getWorkspace, { params: { workspace } })).resolves.toBeDefined();
    for (const id of [adminId, bobId]) {
      await expect(join(admin, templateAdmins, id)).rejects.toMatchObject({ status: 403, code: "forbidden" });
    }
    await admin.call(endpoints.groups.updateGroup, { params: { group: plain.id }, body: { remove_users: [bobId] } });
    // To take out is no gift.
    await join(owner, templateAdmins, bobId);
    await expect(
      admin.call(endpoints.groups.updateGroup, {
        params: { group: templateAdmins.id },
        body: { remove_users: [bobId] },
      }),
    ).resolves.toMatchObject({ total_member_count: 0 });
  });
});

test("who leaves an organization is on no list there any more, and begins with nothing when it comes back", async () => {
  const leaver = await deployment.createMember("comes-and-goes");
  const leaverId = await idOf(leaver);
  const secret = await deployment.pushTemplate("kept", manifest);
  const acl = { params: { template: secret.id } };
  await owner.call(endpoints.sharing.updateTemplateAcl, {
    ...acl,
    body: { group_perms: { [secret.organization_id]: "" }, user_perms: { [leaverId]: "admin", [bobId]: "use" } },
  });
  const { id: workspace } = await ada.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { template_id: template.id, name: "lent" },
  });
  const gone = await newGroup("soon-gone", [bobId]);
  await ada.call(endpoints.sharing.updateWorkspaceAcl, {
    params: { workspace },
    body: { user_roles: { [leaverId]: "use" }, group_roles: { [gone.id]: "use" } },
  });
  await expect(leaver.call(endpoints.workspaces.getWorkspace, { params: { workspace } })).resolves.toBeDefined();

  const params = { organization, user: "comes-and-goes" };
  await owner.call(endpoints.organizations.removeMember, { params });
  await owner.call(endpoints.organizations.addMember, { params });

  await expect(leaver.call(endpoints.workspaces.getWorkspace, { params: { workspace } })).rejects.toMatchObject({
    status: 404,
  });
  await expect(leaver.call(endpoints.templates.getTemplate, acl)).rejects.toMatchObject({ status: 404 });
  await expect(owner.call(endpoints.sharing.getTemplateAcl, acl)).resolves.toMatchObject({
    users: [{ username: "bob", role: "use" }],
  });
  await owner.call(endpoints.groups.deleteGroup, { params: { group: gone.id } });
  await expect(
    ada.call(endpoints.workspaces.listWorkspaces, { query: { q: "owner:me name:lent shared:true" } }),
  ).resolves.toMatchObject({ count: 0 });
});

test("every table with access lists is left by who leaves", async () => {
  const { pool } = deployment.server.database;
  const lists = await pool.query<{ name: string; column: string }>(
    `select table_name as name, column_name as column from information_schema.columns
     where table_schema = 'public' and right(column_name, 4) = '_acl' order by 1, 2`,
  );
  const sweeps = await pool.query<{ proname: string; prosrc: string }>(
    `select proname, prosrc from pg_proc where proname in ('leave_user_lists', 'leave_group_lists')`,
  );
  const sweepOf = (column: string) =>
    sweeps.rows.find(({ proname }) => proname === (column === "user_acl" ? "leave_user_lists" : "leave_group_lists"));

  expect(lists.rows.length).toBeGreaterThanOrEqual(4);
  for (const { name, column } of lists.rows) {
    expect(sweepOf(column)?.prosrc).toContain(`update ${name} set ${column} =`);
  }
});

describe("a template that is for a group alone", () => {
  test("is there for its members, from when they come until they go, and for nobody else", async () => {
    const secret = await deployment.pushTemplate("secret", manifest);
    const group = await newGroup("insiders", [adaId]);
    const before = await bob.call(endpoints.templates.getTemplate, { params: { template: secret.id } });
    expect(before.name).toBe("secret");
    const acl = { params: { template: secret.id } };
    await owner.call(endpoints.sharing.updateTemplateAcl, {
      ...acl,
      body: { group_perms: { [secret.organization_id]: "", [group.id]: "use" } },
    });

    const sees = async (client: Client) => {
      const list = await client.call(endpoints.templates.listTemplates, {});
      const one = await client.call(endpoints.templates.getTemplate, acl).then(
        () => true,
        () => false,
      );
      const version = await client
        .call(endpoints.templateVersions.getTemplateVersion, { params: { templateversion: secret.active_version_id } })
        .then(
          () => true,
          () => false,
        );
      expect([one, version]).toEqual(Array(2).fill(list.some(({ id }) => id === secret.id)));
      return one;
    };
    await expect(sees(ada)).resolves.toBe(true);
    await expect(sees(bob)).resolves.toBe(false);
    const create = (client: Client, name: string) =>
      client.call(endpoints.workspaces.createWorkspace, {
        params: { user: "me" },
        body: { template_id: secret.id, name },
      });
    await expect(create(bob, "none")).rejects.toMatchObject({ status: 400, validations: [{ field: "template_id" }] });
    await expect(create(ada, "mine")).resolves.toMatchObject({ template_name: "secret" });
    await expect(owner.call(endpoints.sharing.getTemplateAcl, acl)).resolves.toMatchObject({
      users: [],
      group: [{ name: "insiders", role: "use", members: [{ username: "ada" }] }],
    });

    await owner.call(endpoints.sharing.updateTemplateAcl, { ...acl, body: { user_perms: { [bobId]: "admin" } } });
    await expect(
      bob.call(endpoints.templates.updateTemplate, { ...acl, body: { description: "bob's" } }),
    ).resolves.toMatchObject({ description: "bob's" });
    await patchGroup(group.id, { remove_users: [adaId] });
    await expect(sees(ada)).resolves.toBe(false);
    await expect(create(ada, "more")).rejects.toMatchObject({ status: 400 });
  });

  test("lets those whom it gives that change the states of its builds, as it lets them change it", async () => {
    const secret = await deployment.pushTemplate("stateful", manifest);
    const stan = await deployment.createMember("stan");
    const stanId = await idOf(stan);
    const give = (role: "admin" | "use") =>
      owner.call(endpoints.sharing.updateTemplateAcl, {
        params: { template: secret.id },
        body: { user_perms: { [stanId]: role } },
      });
    const { id, latest_build: build } = await stan.call(endpoints.workspaces.createWorkspace, {
      params: { user: "me" },
      body: { template_id: secret.id, name: "stateful" },
    });
    await deployment.settled(id);
    const params = { workspacebuild: build.id };
    const read = () => stan.call(endpoints.builds.getBuildState, { params });
    const put = () => stan.call(endpoints.builds.updateBuildState, { params, body: { state: btoa("{}") } });

    await give("use");
    for (const call of [read, put]) await expect(call()).rejects.toMatchObject({ status: 403 });
    await give("admin");
    await put();
    expect(new TextDecoder().decode(await read())).toBe("{}");
  });

  test("is made so, and made so later", async () => {
    const atOnce = await owner.call(endpoints.templates.createTemplate, {
      params: { organization },
      body: { name: "closed-at-once", template_version_id: await freshVersion(), disable_everyone_group_access: true },
    });
    const later = await deployment.pushTemplate("closed-later", manifest);
    await owner.call(endpoints.templates.updateTemplate, {
      params: { template: later.id },
      body: { disable_everyone_group_access: true },
    });

    const seen = await bob.call(endpoints.templates.listTemplates, {});

    expect(seen.map(({ id }) => id)).toContain(template.id);
    expect(seen.map(({ id }) => id)).not.toContain(atOnce.id);
    expect(seen.map(({ id }) => id)).not.toContain(later.id);
  });

  test("is given to nobody by a key that does not reach all of it", async () => {
    const params = { template: template.id };
    const tokenOf = async (scopes: string[], allow_list: string[]): Promise<Client> => {
      const body = { scopes, allow_list };
      const { key } = await owner.call(endpoints.tokens.createToken, { params: { user: "me" }, body });
      return createClient({ url: deployment.url, token: key });
    };
    const narrow = await tokenOf(["template:read", "template:update"], [`template:${template.id}`]);
    const give = { user_perms: { [adaId]: "admin" as const } };
    await expect(narrow.call(endpoints.sharing.updateTemplateAcl, { params, body: give })).rejects.toMatchObject({
      status: 403,
    });
    await owner.call(endpoints.sharing.updateTemplateAcl, { params, body: give });
    // To take away is no gift, however the id is written.
    await narrow.call(endpoints.sharing.updateTemplateAcl, {
      params,
      body: { user_perms: { [adaId.toUpperCase()]: "" } },
    });
    const { users } = await owner.call(endpoints.sharing.getTemplateAcl, { params });
    expect(users).toEqual([]);

    const group = await newGroup("keyed");
    const ofGroup = await tokenOf(["coder:all"], [`group:${group.id}`]);
    const join = { params: { group: group.id }, body: { add_users: [adaId] } };
    await expect(ofGroup.call(endpoints.groups.updateGroup, join)).rejects.toMatchObject({ status: 403 });
  });

  test("is given to nobody from outside of its organization", async () => {
    const stranger = "00000000-0000-4000-8000-00000000beef";
    const params = { template: template.id };
    for (const body of [{ user_perms: { [stranger]: "use" } }, { group_perms: { [stranger]: "use" } }] as const) {
      const field = Object.keys(body)[0];
      const refused = owner.call(endpoints.sharing.updateTemplateAcl, { params, body });
      await expect(refused).rejects.toMatchObject({ status: 400, validations: [{ field }] });
    }
    // What names nobody is taken away without a word.
    const body = { user_perms: { [stranger]: "" as const } };
    await expect(owner.call(endpoints.sharing.updateTemplateAcl, { params, body })).resolves.toBeDefined();
    const available = await owner.call(endpoints.sharing.listAvailableForTemplate, { params, query: { q: "ad" } });
    expect(available.users.map(({ username }) => username)).toEqual(["ada", "admin"]);
  });
});

describe("a workspace that is shared", () => {
  test("is used by whom it was given, administered by who was given that, and hidden again at the end", async () => {
    const made = await ada.call(endpoints.workspaces.createWorkspace, {
      params: { user: "me" },
      body: { template_id: template.id, name: "shared" },
    });
    await deployment.settled(made.id);
    const params = { workspace: made.id };
    const group = await newGroup("friends", [bobId]);
    const read = () => bob.call(endpoints.workspaces.getWorkspace, { params });
    const stop = () => bob.call(endpoints.builds.createBuild, { params, body: { transition: "stop" } });
    await expect(read()).rejects.toMatchObject({ status: 404 });

    await ada.call(endpoints.sharing.updateWorkspaceAcl, { params, body: { group_roles: { [group.id]: "use" } } });

    await expect(read()).resolves.toMatchObject({ name: "shared" });
    const listed = await bob.call(endpoints.workspaces.listWorkspaces, {});
    expect(listed.workspaces.map(({ name }) => name)).toEqual(["shared"]);
    await expect(stop()).rejects.toMatchObject({ status: 403 });
    // Who it was given to gives it to nobody.
    await expect(
      bob.call(endpoints.sharing.updateWorkspaceAcl, { params, body: { user_roles: { [bobId]: "admin" } } }),
    ).rejects.toMatchObject({ status: 403 });
    await ada.call(endpoints.sharing.updateWorkspaceAcl, { params, body: { user_roles: { [bobId]: "admin" } } });
    await expect(ada.call(endpoints.sharing.getWorkspaceAcl, { params })).resolves.toMatchObject({
      users: [{ username: "bob", role: "admin" }],
      group: [{ name: "friends", role: "use" }],
    });
    await expect(stop()).resolves.toMatchObject({ transition: "stop" });

    await ada.call(endpoints.sharing.deleteWorkspaceAcl, { params });
    await expect(read()).rejects.toMatchObject({ status: 404 });
    await expect(bob.call(endpoints.workspaces.listWorkspaces, {})).resolves.toMatchObject({ count: 0 });
  });
});

/** Of an imported version that belongs to no template yet. */
async function freshVersion(): Promise<string> {
  const file = await owner.call(endpoints.files.uploadFile, { body: await archive() });
  const version = await owner.call(endpoints.templateVersions.createTemplateVersion, {
    params: { organization },
    body: { storage_method: "file", file_id: file.hash, provisioner: "terraform" },
  });
  await deployment.until(
    "the import",
    () => owner.call(endpoints.templateVersions.getTemplateVersion, { params: { templateversion: version.id } }),
    ({ job }) => job.status === "succeeded",
  );
  return version.id;
}

import { endpoints } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";
import { expect, test } from "vitest";
import { loggedIn } from "#testing/logged-in.ts";

const manifest = `
workspace: { engine: process }
agents: [{ name: main }]
`;

test("groups are made, filled, given a template, and deleted", async () => {
  await using deployment = await Deployment.create();
  await using home = await loggedIn(deployment.client);
  const ada = await deployment.createMember("ada");
  await deployment.createMember("bob");
  await deployment.pushTemplate("gpu", manifest);
  const run = async (...args: string[]) => {
    const { status, stdout, stderr } = await home.run(args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return stdout;
  };

  await expect(run("groups", "create", "ml", "--quota-allowance", "4")).resolves.toBe('Group "ml" is made.\n');
  await expect(run("groups", "edit", "ml", "--add-users", "ada,bob@example.com")).resolves.toBe(
    'Group "ml": ada, bob.\n',
  );
  await expect(run("groups", "edit", "ML", "-r", "bob", "-d", "Machine Learners")).resolves.toBe('Group "ml": ada.\n');
  await expect(run("groups", "list")).resolves.toBe(
    "NAME      DISPLAY NAME      MEMBERS  QUOTA  WHO\n" +
      "Everyone                    3        0      ada, admin, bob\n" +
      "ml        Machine Learners  1        4      ada\n",
  );
  await expect(run("quota", "ada")).resolves.toBe("0 credits a day are in use of 4.\n");
  await expect(run("templates", "access", "gpu", "--group", "ml", "--rm-group", "everyone")).resolves.toBe(
    "WHO  KIND   ROLE\nml   group  use\n",
  );
  const ofAda = JSON.parse(await run("groups", "list", "--output", "json")) as { name: string }[];
  expect(ofAda.map(({ name }) => name)).toEqual(["Everyone", "ml"]);
  await expect(ada.call(endpoints.templates.listTemplates, {})).resolves.toMatchObject([{ name: "gpu" }]);

  await expect(home.run(["groups", "edit", "ml", "-a", "nobody"])).resolves.toMatchObject({
    status: 1,
    stderr: "error: Not a member of the organization: nobody.\n",
  });
  await expect(home.run(["groups", "edit", "nl", "-a", "ada"])).resolves.toMatchObject({
    status: 1,
    stderr: 'error: There is no group "nl".\nThere are: Everyone, ml\n',
  });
  await expect(run("groups", "delete", "ml", "--yes")).resolves.toBe('Group "ml" is deleted.\n');
  await expect(ada.call(endpoints.templates.listTemplates, {})).resolves.toEqual([]);
});

test("a workspace is shared and not any more", async () => {
  await using deployment = await Deployment.create();
  await using home = await loggedIn(deployment.client);
  const bob = await deployment.createMember("bob");
  const template = await deployment.pushTemplate("plain", manifest);
  const body = { template_id: template.id, name: "dev" };
  const made = await deployment.client.call(endpoints.workspaces.createWorkspace, { params: { user: "me" }, body });
  await deployment.settled(made.id);
  await home.run(["groups", "create", "team"]);

  await expect(home.run(["sharing", "add", "dev", "--user", "bob:admin", "--group", "team"])).resolves.toMatchObject({
    status: 0,
    stdout: "USER  GROUP  ROLE\nbob   -      admin\n-     team   use\n",
  });
  const seen = await bob.call(endpoints.workspaces.listWorkspaces, {});
  expect(seen.workspaces.map(({ name }) => name)).toEqual(["dev"]);

  await expect(home.run(["sharing", "remove", "dev", "--user", "bob"])).resolves.toMatchObject({ status: 0 });
  await expect(home.run(["sharing", "status", "dev"])).resolves.toMatchObject({
    stdout: "USER  GROUP  ROLE\n-     team   use\n",
  });
  await expect(bob.call(endpoints.workspaces.listWorkspaces, {})).resolves.toMatchObject({ count: 0 });
  await expect(home.run(["sharing", "add", "dev"])).resolves.toMatchObject({ status: 2 });
  await expect(home.run(["sharing", "add", "dev", "--user", "bob:owner"])).resolves.toMatchObject({
    status: 1,
    stderr: 'error: "bob:owner": there is no role "owner"; there are use, admin\n',
  });
});

import { endpoints } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";
import { expect, test } from "vitest";
import { CliHome } from "#testing/captured-run.ts";
import { loggedIn, steady } from "#testing/logged-in.ts";

test("the options of the reference for a first user log the owner in, and make nobody", async () => {
  await using deployment = await Deployment.create();
  await using home = await CliHome.create();
  const { url, client } = deployment;
  const named = ["--first-user-username", "ada", "--first-user-full-name", "Ada", "--first-user-trial=false"];
  const loginAs = (email: string, password: string) =>
    ["login", url, "--first-user-email", email, "--first-user-password", password].concat(named);

  await expect(home.run(loginAs("ada@example.com", "Passw0rd-of-ada"))).resolves.toMatchObject({
    status: 1,
    stderr: "error: Incorrect email or password.\n",
  });
  const { status, stdout, stderr } = await home.run(loginAs("admin@example.com", "Passw0rd-of-admin"));

  expect({ status, stdout, stderr: steady(stderr) }).toEqual({
    status: 0,
    stdout: "",
    stderr: "You are logged in to http://SERVER as admin.\n",
  });
  const { users } = await client.call(endpoints.users.listUsers, {});
  expect(users.map(({ username }) => username)).toEqual(["admin"]);
});

test("one logs in with a password, with a token, and with the environment alone", async () => {
  await using deployment = await Deployment.create();
  await using home = await CliHome.create();
  const { url, client } = deployment;
  const environment = { HEARTH_URL: url, HEARTH_SESSION_TOKEN: client.token ?? "" };

  await expect(home.run(["login", url, "--email", "admin@example.com", "--password", "wrong"])).resolves.toMatchObject({
    status: 1,
    stdout: "",
  });
  await expect(home.run(["login", url])).resolves.toMatchObject({
    status: 2,
    stderr: "error: --token, or --email and --password, are needed to log in\n",
  });
  await expect(home.run(["whoami"], { env: environment })).resolves.toMatchObject({ status: 0 });
  await expect(home.run(["whoami"])).resolves.toMatchObject({
    status: 1,
    stderr: "error: You are not logged in.\nLog in with: hearth login <url>\n",
  });

  await expect(
    home.run(["login", "--email", "admin@example.com", "--password", "Passw0rd-of-admin"], {
      env: { HEARTH_URL: url },
    }),
  ).resolves.toMatchObject({ status: 0 });
  await expect(home.run(["whoami"])).resolves.toMatchObject({ status: 0 });
  await expect(home.run(["logout"])).resolves.toMatchObject({ status: 0 });
  await expect(home.run(["login", url, "--token", client.token ?? ""])).resolves.toMatchObject({ status: 0 });
  await home.run(["logout"]);
  // Logging out ended a session of its own; the token that made it still works.
  await expect(home.run(["whoami"], { env: environment })).resolves.toMatchObject({ status: 0 });
});

test("tokens are made, found, and stop working", async () => {
  await using deployment = await Deployment.create();
  await using home = await loggedIn(deployment.client);

  const { stdout } = await home.run(["tokens", "create", "--name", "ci", "--lifetime", "24h"]);
  const token = stdout.trim();
  expect(token).toMatch(/^\w{10}-\w{22}$/);
  const asCi = { env: { HEARTH_SESSION_TOKEN: token } };
  await expect(home.run(["whoami"], asCi)).resolves.toMatchObject({ status: 0 });
  await expect(home.run(["tokens", "list", "-c", "name,scopes"])).resolves.toMatchObject({
    stdout: "NAME  SCOPES\nci    coder:all\n",
  });
  await expect(home.run(["tokens", "view", token.slice(0, 10), "-c", "name"])).resolves.toMatchObject({
    stdout: "NAME\nci\n",
  });

  await expect(home.run(["tokens", "remove", token])).resolves.toMatchObject({
    status: 0,
    stderr: 'Token "ci" is expired.\n',
  });
  await expect(home.run(["whoami"], asCi)).resolves.toMatchObject({ status: 1 });
  const bound = await home.run(["tokens", "create", "--name", "bound", "--allow", "workspace:*"]);
  await expect(home.run(["tokens", "view", "bound", "-c", "allow list"])).resolves.toMatchObject({
    stdout: expect.stringContaining("workspace:*") as string,
  });
  const asBound = { env: { HEARTH_SESSION_TOKEN: bound.stdout.trim() } };
  await expect(home.run(["list"], asBound)).resolves.toMatchObject({ status: 0 });
  await expect(home.run(["users", "list"], asBound)).resolves.toMatchObject({
    stdout: expect.not.stringContaining("admin") as string,
  });
  await expect(home.run(["tokens", "remove", "nope"])).resolves.toMatchObject({
    status: 1,
    stderr: "error: You have no token of that name or id.\nList them with: hearth tokens list\n",
  });
});

test("users are made, suspended, let in again and deleted", async () => {
  await using deployment = await Deployment.create();
  await using home = await loggedIn(deployment.client);
  const bob = await loginOf(deployment, "bob@example.com", "Passw0rd-of-bob");

  await expect(
    home.run(["users", "create", "-u", "bob", "-e", "bob@example.com", "-n", "Bob", "--password", "Passw0rd-of-bob"]),
  ).resolves.toEqual({
    status: 0,
    stdout: 'User "bob" is created.\n',
    stderr: "",
  });
  await expect(bob()).resolves.toBe(0);
  await expect(home.run(["users", "suspend", "bob"])).resolves.toMatchObject({ stdout: 'User "bob" is suspended.\n' });
  await expect(bob()).resolves.toBe(1);
  await expect(home.run(["users", "activate", "bob"])).resolves.toMatchObject({ stdout: 'User "bob" is active.\n' });
  await expect(bob()).resolves.toBe(0);
  await expect(home.run(["users", "list", "-c", "username,email,status"])).resolves.toMatchObject({
    stdout: expect.stringContaining("bob       bob@example.com"),
  });
  await expect(home.run(["users", "delete", "bob"])).resolves.toMatchObject({ stderr: 'User "bob" is deleted.\n' });
  await expect(bob()).resolves.toBe(1);
});

/** Tries to log in, in a home of its own; gives the exit status. */
async function loginOf({ url }: Deployment, email: string, password: string): Promise<() => Promise<number>> {
  return async () => {
    await using home = await CliHome.create();
    return (await home.run(["login", url, "--email", email, "--password", password])).status;
  };
}

test("the pools are paused and resumed, as often as one likes", async () => {
  await using deployment = await Deployment.create();
  await using home = await loggedIn(deployment.client);

  for (const command of ["pause", "pause", "resume", "resume"]) {
    await expect(home.run(["prebuilds", command])).resolves.toMatchObject({ status: 0, stdout: "" });
  }
});

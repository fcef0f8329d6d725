import { endpoints, type Workspace } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";
import { describe, expect, test } from "vitest";
import { loggedIn, steady } from "#testing/logged-in.ts";

const manifest = `
name: local
parameters:
  - { name: size, type: string, default: small, mutable: true, options: [{ name: Small, value: small }, { name: Large, value: large }] }
  - { name: word, type: string, default: hello, mutable: true }
presets:
  - { name: warm, default: true, parameters: { size: small }, prebuilds: { instances: 1 } }
  - { name: large, parameters: { size: large } }
workspace: { engine: process, env: { SIZE: "\${param.size}" } }
agents:
  - name: main
    env: { WORD: "\${param.word}" }
`;

/** A deployment with a template whose pool is warm, and somebody logged in. */
async function withTemplate() {
  await using undo = new AsyncDisposableStack();
  const deployment = undo.use(await Deployment.create());
  const template = await deployment.pushTemplate("local", manifest);
  await deployment.until(
    "the pool is warm",
    () => deployment.client.call(endpoints.hearth.listPools, { params: { template: template.id } }),
    (pools) => pools.some((pool) => pool.ready === 1),
  );
  const home = undo.use(await loggedIn(deployment.client));
  const kept = undo.move();
  return {
    deployment,
    template,
    run: home.run.bind(home),
    home,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

test("a workspace is created, listed, shown, stopped, started, restarted and deleted", async () => {
  await using setting = await withTemplate();
  const { run } = setting;
  const said = async (...words: string[]) => {
    const { status, stdout, stderr } = await run(words);
    return `${steady(stdout)}--- stderr, ${status}\n${steady(stderr)}`;
  };

  expect(await said("create", "dev", "--template", "local")).toMatchInlineSnapshot(`
    "admin/dev is ready: claimed a warm workspace in N ms.
    --- stderr, 0
    (log of the build)
    Connect with: hearth ssh dev
    "
  `);
  expect(await said("create", "big", "-t", "local", "--preset", "large")).toMatchInlineSnapshot(`
    "admin/big is ready: built in N ms.
    --- stderr, 0
    (log of the build)
    Connect with: hearth ssh big
    "
  `);
  expect(await said("list", "-c", "workspace,template,status,healthy,outdated,starts at")).toMatchInlineSnapshot(`
    "WORKSPACE  TEMPLATE  STATUS   HEALTHY  OUTDATED  STARTS AT
    admin/big  local     running  yes      no
    admin/dev  local     running  yes      no
    --- stderr, 0
    "
  `);
  expect(await said("list", "--search", "name:big", "-c", "workspace,origin", "--column", "status"))
    .toMatchInlineSnapshot(`
    "WORKSPACE  ORIGIN  STATUS
    admin/big  built   running
    --- stderr, 0
    "
  `);
  expect(await said("show", "dev")).toMatchInlineSnapshot(`
    "admin/dev
      status      running
      template    local, version VERSION
      created     just now, claimed warm in N ms
      last build  start (number 2), just now, by admin
      last used   just now

    process.workspace
    └─ main (linux, amd64)  connected, ready  v0.0.0-simulated
       hearth ssh dev.main
    --- stderr, 0
    "
  `);
  expect(await said("stop", "dev")).toMatchInlineSnapshot(`
    "admin/dev is stopped after N ms.
    --- stderr, 0
    (log of the build)
    "
  `);
  expect(await said("stop", "dev")).toMatchInlineSnapshot(`
    "admin/dev is stopped already.
    --- stderr, 0
    "
  `);
  expect(await said("start", "dev")).toMatchInlineSnapshot(`
    "admin/dev is ready after N ms.
    --- stderr, 0
    (log of the build)
    "
  `);
  expect(await said("start", "dev")).toMatchInlineSnapshot(`
    "admin/dev is running already.
    --- stderr, 0
    "
  `);
  expect(await said("restart", "big", "--parameter", "word=bye")).toMatchInlineSnapshot(`
    "admin/big is ready after N ms.
    --- stderr, 0
    (log of the build)
    "
  `);
  expect(await said("logs", "dev", "-n", "1")).toMatchInlineSnapshot(`
    "--- stderr, 0
    "
  `);
  expect(await said("delete", "dev", "--yes")).toMatchInlineSnapshot(`
    "admin/dev is deleted.
    --- stderr, 0
    admin/dev was last used just now.
    (log of the build)
    "
  `);
  expect(await said("show", "dev")).toMatchInlineSnapshot(`
    "--- stderr, 1
    error: You have no workspace named "dev", or you may not see it.
    List yours with: hearth list
    "
  `);
});

test("JSON is the API's own shape", async () => {
  await using setting = await withTemplate();
  const { run } = setting;
  const json = async (...words: string[]): Promise<unknown> => {
    const { status, stdout, stderr } = await run([...words, "-o", "json"]);
    expect(status, stderr).toBe(0);
    return JSON.parse(stdout);
  };

  expect(await json("create", "dev", "-t", "local")).toMatchObject({
    name: "dev",
    latest_build: { status: "running" },
    origin: { how: "claimed" },
  });
  expect(await json("list")).toMatchObject([{ name: "dev" }]);
  expect(await json("show", "dev")).toMatchObject({ name: "dev" });
  expect(await json("stop", "dev")).toMatchObject({ transition: "stop", job: { status: "succeeded" } });
  expect(await json("start", "dev")).toMatchObject({
    transition: "start",
    reason: "cli",
    job: { status: "succeeded" },
  });
  expect(await json("delete", "dev")).toMatchObject({ transition: "delete", job: { status: "succeeded" } });
  expect(await json("list")).toEqual([]);
  expect(await json("templates", "list")).toMatchObject([{ name: "local" }]);
  expect(await json("templates", "versions", "list", "local")).toMatchObject([{ job: { status: "succeeded" } }]);
  expect(await json("templates", "presets", "list", "local")).toMatchObject([
    { Name: "large" },
    { Name: "warm", Default: true },
  ]);
  expect(await json("users", "list")).toMatchObject([{ username: "admin" }]);
  expect(await json("whoami")).toMatchObject({ username: "admin" });
  expect(await json("organizations", "list")).toMatchObject([{ is_default: true }]);
  expect(await json("provisioner", "list")).toMatchObject([{ key_name: "built-in" }, {}, {}]);
  expect(await json("provisioner", "jobs", "list", "--limit", "1")).toHaveLength(1);
});

test("parameters come from flags, files and presets, and wrong ones are refused before anything is made", async () => {
  await using setting = await withTemplate();
  const { run, deployment } = setting;
  const valuesOf = async (name: string) => {
    const workspace = await find(deployment, name);
    const params = { workspacebuild: workspace.latest_build.id };
    const values = await deployment.client.call(endpoints.builds.listBuildParameters, { params });
    return Object.fromEntries(values.map((parameter) => [parameter.name, parameter.value]));
  };

  await run(["create", "a", "-t", "local", "--preset", "none", "--parameter", "size=large", "--parameter", "word=a=b"]);
  expect(await valuesOf("a")).toEqual({ size: "large", word: "a=b" });
  await run(["create", "b", "-t", "local", "--preset", "large", "--parameter-default", "word=bye"]);
  expect(await valuesOf("b")).toEqual({ size: "large", word: "bye" });
  await run(["stop", "b"]);
  await run(["start", "b", "--parameter", "word=again"]);
  expect(await valuesOf("b")).toEqual({ size: "large", word: "again" });

  await expect(run(["create", "c", "-t", "local", "--parameter", "nope=1"])).resolves.toEqual({
    status: 2,
    stdout: "",
    stderr: 'error: --parameter: the template has no parameter "nope"; it has size, word.\n',
  });
  await expect(run(["create", "c", "-t", "local", "--preset", "huge"])).resolves.toMatchObject({
    status: 2,
    stderr: 'error: The template has no preset "huge"; it has large, warm, or none\n',
  });
  await expect(run(["create", "c", "-t", "nope"])).resolves.toMatchObject({
    status: 1,
    stderr: 'error: There is no template "nope".\nList them with: hearth templates list\n',
  });
  await expect(run(["create", "a", "-t", "local"])).resolves.toMatchObject({ status: 1, stdout: "" });
});

async function find(deployment: Deployment, name: string): Promise<Workspace> {
  const params = { user: "me", workspacename: name };
  return await deployment.client.call(endpoints.workspaces.getWorkspaceByName, { params });
}

test("schedules, favourites, names and automatic updates", async () => {
  await using setting = await withTemplate();
  const { run, deployment } = setting;
  await run(["create", "dev", "-t", "local", "--start-at", "8:00AM Mon-Fri UTC", "--stop-after", "3h"]);
  expect(await find(deployment, "dev")).toMatchObject({
    autostart_schedule: "CRON_TZ=UTC 0 8 * * Mon-Fri",
    ttl_ms: 10_800_000,
  });

  const { stdout } = await run(["schedule", "start", "dev", "9:30AM", "Mon-Fri", "Europe/Berlin"]);
  expect(stdout).toContain("9:30AM Mon-Fri (Europe/Berlin)");
  await run(["schedule", "stop", "dev", "2h30m"]);
  await run(["favorite", "dev"]);
  await run(["autoupdate", "dev", "always"]);
  expect(await find(deployment, "dev")).toMatchObject({
    autostart_schedule: "CRON_TZ=Europe/Berlin 30 9 * * Mon-Fri",
    ttl_ms: 9_000_000,
    favorite: true,
    automatic_updates: "always",
  });

  await run(["schedule", "start", "dev", "manual"]);
  await run(["schedule", "stop", "dev", "manual"]);
  await run(["unfavorite", "dev"]);
  await run(["autoupdate", "dev", "never"]);
  const cleared = await find(deployment, "dev");
  expect(cleared).toMatchObject({ favorite: false, automatic_updates: "never" });
  expect(cleared).not.toHaveProperty("autostart_schedule");
  await expect(run(["schedule", "show", "dev"])).resolves.toMatchObject({
    status: 0,
    stdout: expect.stringContaining("manual"),
  });
});

describe("somebody else's workspace", () => {
  test("is not there for whoever may not see it", async () => {
    await using setting = await withTemplate();
    await setting.run(["create", "dev", "-t", "local"]);
    await using bob = await loggedIn(await setting.deployment.createMember("bob"));

    await expect(bob.run(["show", "admin/dev"])).resolves.toEqual({
      status: 1,
      stdout: "",
      stderr: 'error: "admin" has no workspace named "dev", or you may not see it.\nList yours with: hearth list\n',
    });
    await expect(bob.run(["list", "--all"])).resolves.toMatchObject({ status: 0, stdout: "" });
  });
});

test("Ctrl-C while a build is followed cancels it", async () => {
  await using setting = await withTemplate();
  const { run, deployment } = setting;
  const interrupt = new AbortController();

  const running = run(["create", "slow", "-t", "local", "--preset", "large"], { signal: interrupt.signal });
  await deployment.until(
    "the build exists",
    () => deployment.client.call(endpoints.workspaces.listWorkspaces, { query: { q: "owner:me name:slow" } }),
    ({ count }) => count === 1,
  );
  interrupt.abort();
  const { status, stderr } = await running;

  expect(status).toBe(130);
  const workspace = await deployment.settled((await find(deployment, "slow")).id);
  // It may have been over before it could be canceled; it never goes on behind the user's back.
  expect(["canceled", "running"]).toContain(workspace.latest_build.status);
  if (workspace.latest_build.status === "canceled") expect(stderr).toContain('Canceling the start of "slow"');
});

test("a lost session is told, with what to do", async () => {
  await using setting = await withTemplate();
  const { run, deployment, home } = setting;
  await deployment.client.call(endpoints.auth.logout, {});

  await expect(run(["list"])).resolves.toMatchObject({
    status: 1,
    stdout: "",
    stderr: expect.stringContaining(`Log in with: hearth login ${deployment.url}`),
  });
  await expect(home.run(["logout"])).resolves.toMatchObject({
    status: 0,
    stderr: `You are logged out of ${deployment.url}.\n`,
  });
});

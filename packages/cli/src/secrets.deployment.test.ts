import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { endpoints } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";
import { expect, test } from "vitest";
import { loggedIn } from "#testing/logged-in.ts";

test("secrets are kept from a pipe, a file or an option, listed without their values, changed and deleted", async () => {
  await using deployment = await Deployment.create();
  await using home = await loggedIn(deployment.client);
  const create = ["secret", "create"];

  await expect(home.run([...create, "piped", "--env", "PIPED"], { stdin: "over a pipe\n" })).resolves.toEqual({
    status: 0,
    stdout: 'Secret "piped" is kept.\n',
    stderr: "",
  });
  await writeFile(join(home.directory, "key"), "of a file");
  await expect(home.run([...create, "kept", "--value-file", "key", "--file", "~/.key"])).resolves.toMatchObject({
    status: 0,
  });
  await expect(home.run([...create, "nowhere", "--value", "given"])).resolves.toMatchObject({
    stderr: "No workspace gets it until it has --env or --file.\n",
  });
  await expect(home.run([...create, "both", "--value", "x", "--value-file", "key"])).resolves.toMatchObject({
    status: 2,
  });
  await expect(home.run([...create, "missing", "--value-file", "none"])).resolves.toMatchObject({ status: 1 });
  await expect(home.run([...create, "empty"])).resolves.toMatchObject({
    status: 1,
    stderr: expect.stringContaining("value: Value is required.") as string,
  });

  const { stdout } = await home.run(["secret", "list", "-c", "name,env,file"]);
  expect(stdout).toBe("NAME     ENV    FILE\nkept            ~/.key\nnowhere\npiped    PIPED\n");
  const one = await home.run(["secrets", "ls", "piped", "-o", "json"]);
  expect(JSON.parse(one.stdout)).toMatchObject([{ name: "piped", env_name: "PIPED" }]);

  await expect(home.run(["secret", "update", "piped"])).resolves.toMatchObject({ status: 2 });
  await expect(home.run(["secret", "update", "piped", "--env", "", "--file", "~/piped"])).resolves.toMatchObject({
    status: 0,
  });
  await expect(
    deployment.client.call(endpoints.secrets.getUserSecret, { params: { user: "me", name: "piped" } }),
  ).resolves.toMatchObject({ env_name: "", file_path: "~/piped" });
  await expect(home.run(["secret", "delete", "piped", "--yes"])).resolves.toMatchObject({
    status: 0,
    stderr: 'Secret "piped" is deleted.\n',
  });
  await expect(home.run(["secret", "list", "piped"])).resolves.toMatchObject({ status: 1 });
});

const template = `
workspace: { engine: process }
agents:
  - { name: main, env: { TOKEN: "the template's", OTHER: "$HOME/other" } }
`;

test("a claimed workspace and a built one have their owner's secrets before the first command, word for word [agents 113]", async () => {
  await using deployment = await Deployment.create({ engine: "process" });
  await using home = await loggedIn(deployment.client);
  const presets = "presets: [{ name: warm, prebuilds: { instances: 1 } }]\n";
  await deployment.pushTemplate("cold", template);
  const { id } = await deployment.pushTemplate("warm", presets + template);
  const pool = async () =>
    (await deployment.client.call(endpoints.hearth.listPools, { params: { template: id } }))[0]?.ready;
  await deployment.until("the pool is warm", pool, (ready) => ready === 1);
  const secret = ["secret", "create", "token", "--env", "TOKEN", "--file", "~/kept/token", "--value", "a$HOME b"];
  await expect(home.run(secret)).resolves.toMatchObject({ status: 0 });

  for (const [name, flags, how] of [
    ["first", ["--template", "warm", "--preset", "warm"], "claimed"],
    ["second", ["--template", "cold"], "built"],
  ] as const) {
    await expect(home.run(["create", name, ...flags, "--yes"])).resolves.toMatchObject({
      status: 0,
    });
    const print = `printf '%s|%s|%s' "$TOKEN" "$(cat ~/kept/token)" "$OTHER"; stat -c '|%a' ~/kept/token; echo ~`;
    const { stdout } = await home.run(["ssh", name, "--", print]);
    const [shown, directory] = stdout.trim().split("\n");
    expect(shown).toBe(`a$HOME b|a$HOME b|${directory}/other|600`);
    const { workspaces } = await deployment.client.call(endpoints.workspaces.listWorkspaces, {
      query: { q: `owner:me name:${name}` },
    });
    expect(workspaces[0]?.origin?.how).toBe(how);
  }
});

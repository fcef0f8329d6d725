import { execFile } from "node:child_process";
import { link, mkdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { TestFolder } from "@hearth/base/test-folder";
import { Deployment, needs } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runProgram } from "#testing/run-program.ts";

// What a machine without Node has: the executable, in an empty home, with nothing on its PATH; and how it comes there.

let undo: AsyncDisposableStack;
let deployment: Deployment;
let folder: TestFolder;
/** In a directory whose name a shell and OpenSSH would take apart. */
let hearth: string;

beforeAll(async () => {
  undo = new AsyncDisposableStack();
  folder = undo.use(new TestFolder());
  const maker = path.join(import.meta.dirname, "../../../../tools/bundle/single-executable.ts");
  const made = (await promisify(execFile)(process.execPath, [maker])).stdout.trim();
  hearth = folder.join(`a "dir" o'f 100% $HOME`, "hearth");
  await mkdir(path.dirname(hearth));
  // It is 130 MB, and read alone.
  await link(made, hearth).catch(async () => await promisify(execFile)("cp", [made, hearth]));
  deployment = undo.use(await Deployment.create({ engine: "process" }));
  await deployment.pushTemplate("real", "name: real\nworkspace: { engine: process }\nagents:\n  - name: main\n");
}, 300_000);
afterAll(() => undo.disposeAsync());

const platform = { skip: process.platform !== "linux" || process.arch !== "x64" };

describe("the single executable", platform, () => {
  async function run(words: readonly string[], input = "") {
    return await runProgram(hearth, words, { env: { HOME: folder.path, PATH: "/nonexistent" }, isAlone: true, input });
  }

  test("needs no Node for the whole of a first quarter of an hour", async () => {
    await expect(run(["--version"])).resolves.toEqual({ status: 0, stdout: "0.1.0\n", stderr: "" });
    await expect(run(["login", deployment.url, "--token", deployment.client.token ?? ""])).resolves.toMatchObject({
      status: 0,
    });
    await expect(run(["create", "dev", "--yes"])).resolves.toMatchObject({ status: 0 });
    const listed = await run(["list", "--output", "json"]);
    expect(JSON.parse(listed.stdout)).toMatchObject([{ name: "dev" }]);
    await expect(run(["exec", "dev", "--", "cat"], "by exec")).resolves.toMatchObject({ status: 0, stdout: "by exec" });
    await expect(run(["ssh", "dev", "--", "cat; exit 3"], "by ssh")).resolves.toMatchObject({
      status: 3,
      stdout: "by ssh",
    });
  });

  test.for(["server", "agent"])("has no %s, and says where one is", async (program) => {
    await expect(run([program])).resolves.toMatchObject({
      status: 1,
      stderr: expect.stringContaining("Run npm start in a checkout"),
    });
  });

  test("is what OpenSSH calls, alone and wherever it lies", needs("ssh"), async () => {
    await expect(run(["config-ssh", "--yes"])).resolves.toMatchObject({ status: 0 });
    const config = folder.join(".ssh", "config");
    const [line = ""] = /^ *ProxyCommand .*$/m.exec(await readFile(config, "utf8")) ?? [];
    expect(line).toMatch(/\/hearth' ssh --global-config/);

    await expect(runProgram("ssh", ["-F", config, "hearth.dev", "echo through"])).resolves.toEqual({
      status: 0,
      stdout: "through\n",
      stderr: "",
    });
  });
});

test("what a server's install.sh installs logs in and lists", async () => {
  await using home = new TestFolder();
  const env = { HOME: home.path, PATH: process.env["PATH"] ?? "" };
  const installed = await runProgram("sh", ["-c", `curl -fsS ${deployment.url}/install.sh | sh`], {
    env,
    isAlone: true,
  });
  expect(installed).toMatchObject({ status: 0, stderr: "" });
  const file = home.join(".local/bin/hearth");
  expect((await stat(file)).mode & 0o777).toBe(0o755);

  const login = ["login", deployment.url, "--token", deployment.client.token ?? ""];
  await expect(runProgram(file, login, { env, isAlone: true })).resolves.toMatchObject({ status: 0 });
  await expect(runProgram(file, ["list"], { env, isAlone: true })).resolves.toMatchObject({ status: 0 });
});

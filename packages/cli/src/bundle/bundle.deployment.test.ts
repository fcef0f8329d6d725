import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { TestFolder } from "@hearth/base/test-folder";
import { Deployment } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isLeaf, listCommands, allOf } from "#command/tree.ts";
import type { CliHome } from "#testing/captured-run.ts";
import { loggedIn } from "#testing/logged-in.ts";
import { findNode20 } from "#testing/node-20.ts";
import { runProgram } from "#testing/run-program.ts";
import { tree } from "../tree.ts";

let undo: AsyncDisposableStack;
let folder: TestFolder;
/** As it is installed: one file of any name, nothing beside it. */
let hearth: string;
let home: CliHome;

beforeAll(async () => {
  undo = new AsyncDisposableStack();
  folder = undo.use(new TestFolder());
  const built = spawnSync(process.execPath, [path.join(import.meta.dirname, "../../build.ts"), folder.join("dist")], {
    encoding: "utf8",
  });
  if (built.status !== 0) throw new Error(`The bundle could not be built:\n${built.stderr}`);
  hearth = folder.join("hearth");
  cpSync(folder.join("dist", "hearth.cjs"), hearth);
  const deployment = undo.use(await Deployment.create({ engine: "process" }));
  home = undo.use(await loggedIn(deployment.client));
  await deployment.pushTemplate("real", "name: real\nworkspace: { engine: process }\nagents:\n  - name: main\n");
  expect(await home.run(["create", "dev"])).toMatchObject({ status: 0 });
});
afterAll(() => undo.disposeAsync());

const node20 = findNode20();

describe.for([
  { name: "Node 24", node: process.execPath },
  { name: "Node 20", node: node20 },
])("the file in $name", { skip: node20 === undefined }, ({ name: nodeName, node = "" }) => {
  async function run(words: readonly string[], options: { env?: Record<string, string>; input?: string } = {}) {
    const env = { HOME: home.directory, XDG_CACHE_HOME: "", XDG_CONFIG_HOME: "", TZ: "UTC", ...options.env };
    return await runProgram(node, [hearth, ...words], { ...options, env, cwd: folder.path });
  }

  test("says its version", async () => {
    await expect(run(["--version"])).resolves.toEqual(await home.run(["--version"]));
  });

  test("asks the server", async () => {
    const listed = await run(["list", "--output", "json"]);

    expect(listed).toMatchObject({ status: 0, stderr: "" });
    expect(JSON.parse(listed.stdout)).toMatchObject([{ name: "dev", owner_name: "admin" }]);
    await expect(run(["list", "--column", "workspace,status"])).resolves.toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^WORKSPACE +STATUS\nadmin\/dev +running/i),
    });
    await expect(run(["show", "nowhere"])).resolves.toMatchObject({
      status: 1,
      stderr: expect.stringContaining('You have no workspace named "nowhere"'),
    });
  });

  test("runs what needs SSH, sockets and streams of events", async () => {
    await expect(run(["ssh", "dev", "--", "cat; exit 3"], { input: "passed on" })).resolves.toMatchObject({
      status: 3,
      stdout: "passed on",
      stderr: "",
    });
    await expect(run(["restart", "dev", "--yes"])).resolves.toMatchObject({ status: 0 });
  });

  test("brings the templates to begin with, and pushes them", async () => {
    const target = path.join(folder.path, `starter of ${nodeName}`);

    await expect(run(["templates", "init", "--id", "starter", target])).resolves.toMatchObject({ status: 0 });
    expect(readdirSync(target).toSorted()).toEqual(["README.md", "hearth.yaml"]);
    await expect(
      run(["templates", "push", "again", "--directory", target, "--yes", "--name", "first"]),
    ).resolves.toMatchObject({ status: expect.any(Number), stderr: expect.not.stringContaining("bug in hearth") });
  });

  test.for(["server", "agent"])("has no %s, and says where one is", async (program) => {
    await expect(run([program])).resolves.toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^error: This hearth is the command line alone.*\nRun npm start in a checkout/),
    });
  });

  test("takes up what was compiled for a command before, and nobody else's", async () => {
    const cache = folder.join(`cache of ${nodeName}`);
    const env = { XDG_CACHE_HOME: cache };
    const compiled = () => readdirSync(path.join(cache, "hearth/compiled"));
    await run(["list"], { env });
    expect(compiled()).toEqual([expect.stringMatching(/^[0-9a-f]{16}-v2\d\.\S+-list$/)]);
    const [name = ""] = compiled();
    const file = path.join(cache, "hearth/compiled", name);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const before = readFileSync(file);

    writeFileSync(file, "no such thing");
    await expect(run(["list"], { env })).resolves.toMatchObject({ status: 0, stderr: "" });
    expect(readFileSync(file).length).toBeGreaterThan(before.length / 2);
    const { mtimeMs } = statSync(file);
    await run(["list"], { env });
    expect(statSync(file).mtimeMs).toBe(mtimeMs);
  });

  test("lets OpenSSH call it as it was called itself", async () => {
    const { stdout } = await run(["config-ssh", "--dry-run"]);

    expect(stdout).toContain(`ProxyCommand ${realpathSync(node)} ${hearth} ssh --global-config`);
  });

  test("does without a place to keep it", async () => {
    const cache = folder.join("not-a-directory");
    writeFileSync(cache, "");

    await expect(run(["list"], { env: { XDG_CACHE_HOME: cache } })).resolves.toMatchObject({ status: 0, stderr: "" });
  });

  test("runs where files are modules, and by its first line", async () => {
    const scope = folder.join("modules");
    await mkdir(scope, { recursive: true });
    writeFileSync(path.join(scope, "package.json"), '{ "type": "module" }');
    cpSync(hearth, path.join(scope, "hearth"));
    chmodSync(path.join(scope, "hearth"), 0o755);

    await expect(runProgram(node, [path.join(scope, "hearth"), "--version"])).resolves.toMatchObject({
      status: 0,
      stdout: "0.1.0\n",
    });
    const env = { PATH: `${path.dirname(node)}:${process.env["PATH"]}` };
    await expect(runProgram(path.join(scope, "hearth"), ["--version"], { env })).resolves.toMatchObject({ status: 0 });
  });
});

describe("every command loads in Node 20", { skip: node20 === undefined }, () => {
  const groups = listCommands(allOf(tree)).flatMap(({ name, node }) => (isLeaf(node) ? [] : [name]));

  test.for(["", ...groups, "templates versions", "provisioner jobs", "server"])("hearth %s --help", async (line) => {
    const words = line === "" ? [] : line.split(" ");
    const said = await runProgram(node20 ?? "", [hearth, ...words, "--help"], { env: { HOME: home.directory } });

    expect(said).toEqual(await home.run([...words, "--help"]));
  });
});

test("the licences of what it is made of stand in it", () => {
  const text = readFileSync(hearth, "latin1");

  for (const name of ["commander", "ssh2", "zod", "ws", "yaml"]) expect(text.slice(-200_000)).toContain(`\n${name}\n`);
  expect(Buffer.byteLength(text), "one letter beyond ASCII would double what it takes").toBe(text.length);
});

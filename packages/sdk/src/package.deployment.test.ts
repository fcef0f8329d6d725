import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestFolder } from "@hearth/base/test-folder";
import { Deployment, findProgram } from "@hearth/testkit";
import { listWorkspaces } from "./endpoints/workspaces.ts";

const root = join(import.meta.dirname, "../../..");
const oldNode = findOldNode();

let folder: TestFolder;
/** Where the file was installed, and nothing else is. */
let program: string;
let deployment: Deployment;

interface Run {
  readonly code: unknown;
  readonly said: string;
  readonly complained: string;
}

async function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = program): Promise<Run> {
  const child = spawn(file, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close");
  const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: (await ended)[0], said, complained };
}

async function must(file: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, said, complained } = await run(file, args, { npm_config_cache: folder.join("npm-cache") }, cwd);
  if (code !== 0) throw new Error(`${file} ${args.join(" ")} ended with ${String(code)}:\n${said}${complained}`);
  return said;
}

/** A Node before 22, which has no `WebSocket` of its own. */
function findOldNode(): string | undefined {
  const found = ["/usr/bin/node", "/usr/local/bin/node", findProgram("node")];
  return found.find((file) => {
    if (file === undefined) return false;
    return /^v2[01]\./.test(spawnSync(file, ["--version"], { encoding: "utf8" }).stdout ?? "");
  });
}

beforeAll(async () => {
  folder = new TestFolder();
  program = folder.join("program");
  mkdirSync(program);
  deployment = await Deployment.create({ engine: "process" });
  await deployment.pushTemplate("starter", readFileSync(join(root, "templates/starter/hearth.yaml"), "utf8"));
  await must(process.execPath, ["packages/sdk/build.ts", folder.join("dist")], root);
  // What it depends on comes of this checkout: nothing is fetched, and nothing else could be.
  for (const of of [folder.join("dist"), join(root, "node_modules/zod"), join(root, "node_modules/ws")]) {
    await must("npm", ["pack", of, "--pack-destination", folder.path, "--silent"], folder.path);
  }
  const files = readdirSync(folder.path).filter((name) => name.endsWith(".tgz"));
  expect(files).toHaveLength(3);
  writeFileSync(join(program, "package.json"), JSON.stringify({ type: "module", private: true }));
  const install = ["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts"];
  await must("npm", [...install, ...files.map((name) => folder.join(name))], program);
}, 600_000);
afterAll(async () => {
  await deployment[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** The examples of the manual that are whole programs, each with the heading that it stands below. */
function examples(): { readonly title: string; readonly language: string; readonly code: string }[] {
  const manual = readFileSync(join(root, "docs/sdk.md"), "utf8");
  return manual.split(/^#+ /m).flatMap((section) => {
    const title = section.slice(0, section.indexOf("\n"));
    return [...section.matchAll(/^```(js|ts)\n(.*?)^```$/gms)].map(([, language = "", code = ""]) => ({
      title,
      language,
      code,
    }));
  });
}

const env = () => ({
  HEARTH_URL: deployment.url,
  HEARTH_SESSION_TOKEN: deployment.client.token,
  HOME: folder.path,
  HEARTH_CONFIG_DIR: folder.join("none"),
});

/** What an example must have said, by the heading that it stands below. */
const expected: Readonly<Record<string, readonly string[]>> = {
  "Workspaces for programs": ["hello\nLinux\n"],
  "Finding, making, keeping": ["build-box running true\n", "true true\n"],
  Commands: ["b\na\n", "no such thing 2\n", "got input\n 0\n", "30 100"],
  Files: ["one\nthree\n false\n", "today.txt"],
  "Ports and logs": ["build "],
  "Everything else": ["starter"],
};

const programs = examples().map((example, at) => ({ ...example, name: `${example.title} (${at + 1})`, at }));

test("the manual has an example below every heading that promises one", () => {
  expect(new Set(programs.map(({ title }) => title))).toEqual(new Set(Object.keys(expected)));
});

const runtimes = [
  { name: "our Node", file: process.execPath, args: [], languages: ["js", "ts"] },
  { name: "Node 20", file: oldNode, args: [], languages: ["js"] },
  { name: "Bun", file: findProgram("bun"), args: ["run"], languages: ["js"] },
  {
    name: "Deno",
    file: findProgram("deno"),
    args: ["run", "--allow-env", "--allow-net", "--allow-read", "--allow-sys"],
    languages: ["js"],
  },
] as const;

describe.for(runtimes)("in $name", ({ file, args, languages }) => {
  const mine = programs.filter(({ language }) => (languages as readonly string[]).includes(language));

  test.skipIf(file === undefined).for(mine)("$name runs", async ({ title, language, code, at }) => {
    const name = `example-${at}.${language === "ts" ? "ts" : "mjs"}`;
    writeFileSync(join(program, name), code);

    const { code: exit, said, complained } = await run(file ?? "", [...args, name], env());

    expect([exit, complained]).toEqual([0, ""]);
    for (const part of expected[title] ?? []) expect(said).toContain(part);
    const left = await deployment.client.call(listWorkspaces, { query: { q: "owner:me" } });
    expect(left.workspaces).toEqual([]);
  });
});

test("a program without a log-in is told what to set, in words", async () => {
  writeFileSync(join(program, "nobody.mjs"), 'import { Hearth } from "@hearth/sdk";\nnew Hearth();\n');

  const { code, complained } = await run(process.execPath, ["nobody.mjs"], {
    HOME: folder.path,
    HEARTH_URL: "",
    HEARTH_CONFIG_DIR: folder.join("none"),
  });

  expect(code).toBe(1);
  expect(complained).toContain("SetupError: No server is named: set HEARTH_URL and HEARTH_SESSION_TOKEN");
});

test("its types hold by themselves, and say what is wrong", async () => {
  const check = folder.join("program/types");
  mkdirSync(check);
  writeFileSync(
    join(check, "globals.d.ts"),
    "declare const process: { readonly stdout: { write(text: string): void } };\n",
  );
  for (const { code, at } of programs) writeFileSync(join(check, `example-${at}.ts`), code);
  writeFileSync(
    join(check, "wrong.ts"),
    `import { Hearth, type ExecResult, type Workspace } from "@hearth/sdk";
import { CommandsConnection } from "@hearth/sdk/commands";
const hearth = new Hearth({ url: "http://127.0.0.1:7080", token: "t" });
const ws = await hearth.claim();
const result: ExecResult = await ws.exec(["true"]);
const info: Workspace = ws.info;
export const text: string = result.stdout + info.name + String(CommandsConnection.name);
// @ts-expect-error -- a preset is a name
await hearth.claim({ preset: 1 });
// @ts-expect-error -- there is no such option
await ws.exec("true", { shell: true });
// @ts-expect-error -- a result has no such part
result.output;
`,
  );
  const flags = [
    "--strict",
    "--noEmit",
    "--module",
    "nodenext",
    "--target",
    "es2022",
    "--lib",
    "es2023,dom,dom.iterable",
  ];
  const files = readdirSync(check).map((name) => join(check, name));

  const { code, said } = await run(process.execPath, [
    join(root, "node_modules/typescript/bin/tsc"),
    ...flags,
    "--types",
    "",
    ...files,
  ]);

  expect([said, code]).toEqual(["", 0]);
});

test("nobody can publish it by accident, and it brings along one package alone", () => {
  const {
    private: isPrivate,
    dependencies,
    scripts,
  } = JSON.parse(readFileSync(join(program, "node_modules/@hearth/sdk/package.json"), "utf8")) as Record<
    string,
    unknown
  >;

  expect(isPrivate).toBe(true);
  expect(Object.keys(dependencies as object)).toEqual(["zod"]);
  expect(scripts).toBeUndefined();
  expect(
    readdirSync(join(program, "node_modules"))
      .filter((name) => !name.startsWith("."))
      .toSorted(),
  ).toEqual(["@hearth", "ws", "zod"]);
});

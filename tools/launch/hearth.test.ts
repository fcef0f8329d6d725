import { link, mkdir, realpath, rm, stat, symlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import { spawn as spawnInTerminal } from "@lydell/node-pty";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeCheckout, run, type Checkout } from "./fixtures.ts";
import { ourNode } from "./paths.mjs";

let checkout: Checkout;
/** A Node that is not Hearth's, as far as the launcher can tell. */
let foreignNode: string;
beforeAll(async () => {
  checkout = await makeCheckout();
  foreignNode = join(checkout.root, "foreign-node");
  // Another name of the same file where the file system allows it: a copy has 120 MB.
  await link(await realpath(ourNode), foreignNode).catch(() => symlink(process.execPath, foreignNode));
});
afterAll(async () => {
  await checkout[Symbol.asyncDispose]();
});

/** What makes a Node behave as one that cannot replace its own process, such as 20. */
const withoutExecve = "--import=data:text/javascript,process.execve=undefined";

describe.for([
  { name: "a Node that can replace itself", options: [] },
  { name: "a Node that must wait beside it, as 20", options: [withoutExecve] },
])("hearth called by $name", ({ options }) => {
  const hearth = (...args: string[]): string[] => [foreignNode, ...options, checkout.hearth, ...args];

  test("runs on Hearth's own Node, with the arguments as they are, in the caller's directory", async () => {
    const result = await run(hearth("exit", "0", "a b", "--flag", "*"), { cwd: "/usr", env: {} }).end();

    expect(JSON.parse(result.stdout)).toEqual({
      args: ["exit", "0", "a b", "--flag", "*"],
      node: await realpath(ourNode),
      cwd: "/usr",
      npm: [],
      fd: null,
    });
    expect(result).toMatchObject({ code: 0, stderr: "" });
  });

  test("passes the exit code on", async () => {
    expect(await run(hearth("exit", "42")).end()).toMatchObject({ code: 42, signal: null });
  });

  test("dies of the signal that the CLI died of", async () => {
    expect(await run(hearth("die", "SIGKILL")).end()).toMatchObject({ code: null, signal: "SIGKILL" });
  });

  test("passes signals on and waits for what they lead to", async () => {
    const running = run(hearth("stay"));
    await running.nextLine();

    running.process.kill("SIGINT");
    expect(await running.nextLine()).toEqual({ signal: "SIGINT" });
    running.process.kill("SIGTERM");
    expect(await running.nextLine()).toEqual({ signal: "SIGTERM" });

    expect(await running.end()).toMatchObject({ code: 7, signal: null });
  });

  test("passes bytes through, as OpenSSH's ProxyCommand needs", async () => {
    const running = run(hearth("echo"));
    await running.nextLine();

    running.process.stdin?.end('"SSH-2.0-test"\n');

    expect(await running.nextLine()).toBe("SSH-2.0-test");
    expect(await running.end()).toMatchObject({ code: 0 });
  });

  test("a Ctrl-C in a terminal arrives once", async () => {
    const [program = "", ...args] = hearth("stay");
    const terminal = spawnInTerminal(program, args, { cwd: "/" });
    let written = "";
    const interrupted = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<number>();
    terminal.onData((text) => {
      written += text;
      if (text.includes('"args"')) terminal.write("\u0003");
      if (text.includes("SIGINT")) interrupted.resolve();
    });
    terminal.onExit(({ exitCode }) => {
      ended.resolve(exitCode);
    });

    await interrupted.promise;
    terminal.kill("SIGTERM"); // a second interrupt would be written before the answer to this

    expect(await ended.promise).toBe(7);
    expect(written.match(/SIGINT/g)).toHaveLength(1);
  });
});

test("hearth is found through npm's link, with hardly an environment", async () => {
  const bin = join(checkout.root, "node_modules", ".bin");
  await mkdir(bin, { recursive: true });
  await mkdir(join(checkout.root, "node_modules", "@hearth"), { recursive: true });
  await symlink("../../packages/cli", join(checkout.root, "node_modules/@hearth/cli"));
  await symlink("../@hearth/cli/bin/hearth.mjs", join(bin, "hearth"));

  const result = await run([foreignNode, join(bin, "hearth"), "exit", "3"], { env: {} }).end();

  expect(result).toMatchObject({ code: 3, stderr: "" });
});

test("the CLI ends when the launcher that waits for it is killed", async () => {
  const running = run([foreignNode, withoutExecve, checkout.hearth, "stay"]);
  await running.nextLine();

  running.process.kill("SIGKILL");

  expect(await running.nextLine()).toEqual({ signal: "SIGTERM" });
  await running.end();
});

test("without an install the launcher says what to do", async () => {
  await using bare = await makeCheckout({ installed: false });

  const result = await run([foreignNode, bare.hearth, "list"]).end();

  expect(result).toMatchObject({
    code: 1,
    stdout: "",
    stderr: `Hearth's packages are not installed; run npm install in ${bare.root}.\n`,
  });
});

describe("a checkout whose bundle is built", () => {
  /** The bundle of a checkout, which says its arguments and who runs it; made of one file. */
  async function withBundle(): Promise<Checkout> {
    const made = await makeCheckout();
    await made.write("packages/cli/dist/hearth.cjs", 'console.log("bundle", process.argv.slice(2), process.execPath)');
    await made.write("packages/sdk/src/index.ts", "1");
    const { mtimeMs, size } = await stat(join(made.root, "packages/sdk/src/index.ts"));
    const inputs = JSON.stringify({ "packages/sdk/src/index.ts": `${mtimeMs} ${size}` });
    await made.write("packages/cli/dist/hearth.cjs.inputs", inputs);
    return made;
  }

  async function outputOf(made: Checkout, ...args: string[]): Promise<string> {
    return (await run([foreignNode, made.hearth, ...args], { env: {} }).end()).stdout;
  }

  test("runs it in the Node that called", async () => {
    await using made = await withBundle();

    expect(await outputOf(made, "exit", "0")).toBe(`bundle [ 'exit', '0' ] ${foreignNode}\n`);
    expect(await outputOf(made, "list", "server")).toContain("bundle");
  });

  test.for([["server"], ["agent"], ["--url", "list", "server"], ["--token=x", "agent"]])(
    "runs programs on Hearth's own: %j",
    async (words) => {
      await using made = await withBundle();
      const running = run([foreignNode, made.hearth, ...words], { env: {} });

      expect(await running.nextLine()).toMatchObject({ args: words, node: await realpath(ourNode) });
      running.process.kill("SIGTERM");
      await running.end();
    },
  );

  test("runs the sources when one of them was written to, or is gone", async () => {
    await using made = await withBundle();
    const source = join(made.root, "packages/sdk/src/index.ts");

    await utimes(source, 1, 1);
    expect(await outputOf(made, "exit", "0")).toContain('"args":["exit","0"]');
    await rm(source);
    expect(await outputOf(made, "exit", "0")).toContain('"args":["exit","0"]');
  });
});

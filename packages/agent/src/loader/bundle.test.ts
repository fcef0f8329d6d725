import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { chmodSync, closeSync, constants, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { TestFolder } from "@hearth/base/test-folder";
import { uuidToBytes } from "@hearth/wire";
import { Lifecycle_State as State } from "@hearth/wire/agent-proto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missing } from "#ssh/real-clients.ts";
import { ControlPlane } from "#testing/control-plane.ts";

const root = join(import.meta.dirname, "../..");

describe("the bundle", () => {
  let scratch: TestFolder;
  let folder: string;
  let dist: string;
  beforeAll(() => {
    scratch = new TestFolder();
    folder = scratch.path;
    dist = join(folder, "dist");
    const built = spawnSync(process.execPath, [join(root, "build.ts"), dist], { encoding: "utf8" });
    if (built.status !== 0) throw new Error(`The bundle could not be built:\n${built.stderr}`);
    chmodSync(folder, 0o755); // whoever is inside a sandbox must be able to read it
    for (const name of readdirSync(dist)) chmodSync(join(dist, name), 0o444);
    chmodSync(dist, 0o555);
  }, 60_000);
  afterAll(async () => {
    chmodSync(dist, 0o755);
    await scratch[Symbol.asyncDispose]();
  });

  /** Starts the agent from the bundle, `wrapper` in front; resolves when it is ready. */
  async function start(
    plane: ControlPlane,
    wrapper: readonly string[] = [],
    more: Record<string, string> = {},
    stderr: "pipe" | number = "pipe",
  ): Promise<Running> {
    const home = mkdtempSync(join(folder, "home-"));
    const command: string[] = [...wrapper, process.execPath, join(dist, "agent.mjs")];
    const [file = process.execPath, ...args] = command;
    const env = {
      PATH: process.env.PATH ?? "",
      HOME: home,
      HEARTH_AGENT_URL: plane.url,
      HEARTH_AGENT_TOKEN: randomUUID(),
      ...more,
    };
    const child = spawn(file, args, { env, cwd: "/", stdio: ["ignore", "ignore", stderr] });
    let log = "";
    child.stderr?.on("data", (chunk) => (log += String(chunk)));
    const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
    await Promise.race([
      plane.state(State.READY),
      exited.then((code) => Promise.reject(new Error(`It ended with ${code}: ${log}`))),
    ]);
    return { child, exited, log: () => log };
  }

  interface Running {
    readonly child: ChildProcess;
    readonly exited: Promise<number | null>;
    readonly log: () => string;
  }

  function manifest() {
    return { agentId: uuidToBytes(randomUUID()), workspaceId: uuidToBytes(randomUUID()), hostKeySeed: randomBytes(32) };
  }

  /** What a command says on a reconnecting terminal, which needs the native module. */
  async function onTerminal(plane: ControlPlane, command: string): Promise<string> {
    const stream: Duplex = await plane.dial(2);
    const header = Buffer.from(JSON.stringify({ ID: randomUUID(), Height: 24, Width: 80, Command: command }));
    stream.write(Buffer.concat([Buffer.from([header.length & 255, header.length >> 8]), header]));
    let text = "";
    for await (const chunk of stream) text += String(chunk);
    return text;
  }

  /** The first line of the agent's SSH server, which is loaded late. */
  async function sshGreeting(plane: ControlPlane): Promise<string> {
    const stream = await plane.dial(1);
    stream.on("error", () => undefined);
    const first = await new Promise((resolve) => stream.once("data", resolve));
    stream.destroy();
    return String(first);
  }

  /** What the agent's HTTP API answers. */
  async function ask(plane: ControlPlane, path: string): Promise<[status: number | undefined, text: string]> {
    const connection = await plane.dial(4);
    const asked = request({ path, createConnection: () => connection, headers: { host: "agent" } }).end();
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      asked.once("response", resolve);
      asked.on("error", reject);
    });
    let text = "";
    for await (const chunk of answer) text += String(chunk);
    return [answer.statusCode, text];
  }

  test("is one file beside its loader, what V8 has compiled, and the native module", () => {
    const names = readdirSync(dist).filter((name) => !name.startsWith("pty-") && !name.endsWith(".txt"));

    expect(names.toSorted()).toEqual(["agent.cjs", "agent.mjs", "agent.v8"]);
    expect(existsSync(join(dist, `pty-${process.platform}-${process.arch}.node`))).toBe(true);
  });

  test("runs from a folder it cannot write to, serves, and ends with status 0", async () => {
    await using plane = await ControlPlane.start(manifest());
    plane.reinitStatus = 409;
    const { child, exited, log } = await start(plane);

    expect(await sshGreeting(plane)).toContain("SSH-2.0-Hearth");
    expect(await onTerminal(plane, "tty")).toContain("/dev/pts/");
    expect(await ask(plane, "/api/v1/processes")).toEqual([200, '{"processes":[]}']);
    expect(await ask(plane, "/api/v1/files/stat?path=~")).toMatchObject([200, expect.stringContaining("directory")]);
    expect(await ask(plane, "/api/v0/processes/list")).toEqual([200, '{"processes":[]}']);
    child.kill("SIGTERM");

    expect(await exited).toBe(0);
    expect(plane.states).toEqual([State.READY, State.SHUTTING_DOWN, State.OFF]);
    expect(log()).not.toContain('"level":"error"');
  });

  test.for([
    { what: "is on a full disk", stderr: () => openSync("/dev/full", "w") },
    { what: "is a pipe that nobody reads any more", stderr: closedPipe },
  ])("serves, and ends with status 0, when its log $what", async ({ stderr }) => {
    await using plane = await ControlPlane.start(manifest());
    plane.reinitStatus = 409;
    const fd = stderr();
    const { child, exited } = await start(plane, [], {}, fd);
    closeSync(fd);

    expect(await sshGreeting(plane)).toContain("SSH-2.0-Hearth");
    child.kill("SIGTERM");

    expect(await exited).toBe(0);
    expect(plane.states).toEqual([State.READY, State.SHUTTING_DOWN, State.OFF]);
  });

  /** The writing end of a pipe whose reading end is closed. */
  function closedPipe(): number {
    const path = join(mkdtempSync(join(folder, "pipe-")), "pipe");
    spawnSync("mkfifo", [path]);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(path, constants.O_WRONLY);
    closeSync(reader);
    return writer;
  }

  test("uses what was compiled before: V8 does not refuse it", () => {
    const script = `
      const { readBundle } = await import(${JSON.stringify(join(root, "src/loader/bundle-script.ts"))});
      const { readFileSync } = await import("node:fs");
      const [, cjs, v8] = process.argv;
      process.stdout.write(String(readBundle(cjs, readFileSync(v8)).script.cachedDataRejected));`;
    const args = ["--input-type=module", "-e", script, join(dist, "agent.cjs"), join(dist, "agent.v8")];

    expect(spawnSync(process.execPath, args, { encoding: "utf8" }).stdout).toBe("false");
  });

  test("without settings says what is missing, with status 2", () => {
    const { status, stderr } = spawnSync(process.execPath, [join(dist, "agent.mjs")], { env: {}, encoding: "utf8" });

    expect([status, stderr]).toEqual([2, expect.stringContaining("HEARTH_AGENT_URL")]);
  });

  test.skipIf(missing("bwrap"))("runs in a sandbox that shows it its folder read-only", async () => {
    await using plane = await ControlPlane.start(manifest());
    plane.reinitStatus = 409;
    const inside = join(folder, "inside");
    mkdirSync(inside);
    const binds = ["/usr", "/bin", "/lib", "/lib64", "/etc", dist, join(process.execPath, "../..")].filter((path) =>
      existsSync(path),
    );
    // The empty /tmp comes first: the checkout may stand in it.
    const wrapper = [
      "bwrap",
      "--unshare-pid",
      "--tmpfs",
      "/",
      "--tmpfs",
      "/tmp",
      ...binds.flatMap((path) => ["--ro-bind", path, path]),
    ];
    wrapper.push("--proc", "/proc", "--dev", "/dev", "--ro-bind", dist, dist, "--bind", inside, "/home/dev");
    wrapper.push("--chdir", "/home/dev", "--die-with-parent", "--");
    const { child, exited } = await start(plane, wrapper, { HOME: "/home/dev" });

    expect(await onTerminal(plane, "echo in $HOME; tty")).toMatch(/in \/home\/dev\s+\/dev\/pts\//);
    expect(await sshGreeting(plane)).toContain("SSH-2.0-Hearth");
    child.kill("SIGKILL");
    await exited;
  });
});

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { AsyncQueue, silentLogger } from "@hearth/base";
import { TestFolder } from "@hearth/base/test-folder";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { EngineError } from "../../errors.ts";
import type { AgentDeclaration, ScriptDeclaration } from "../../protocol.ts";
import type { AgentIncident, EngineContext, EngineRequest, EngineState, WorkspaceSettings } from "../engine.ts";
import { AgentStub } from "./agent-stub.ts";
import { ProcessEngine, type ProcessEngineOptions } from "./process-engine.ts";
import { agentBelow, isAlive, listProcesses, startTimeOf } from "./processes.ts";

// Each test starts several programs, and all tests of the project may be running at once.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const fakeAgent = join(import.meta.dirname, "fixtures/fake-agent.mts");
const never = new AbortController().signal;
const noSandbox = { works: false, reason: "this test wants none" } as const;

let folder: TestFolder;
let dataDir: string;
let stub: AgentStub;
let url: string;
let engine: ProcessEngine;
const engines: ProcessEngine[] = [];

async function canSandbox(): Promise<boolean> {
  await using scratch = new TestFolder();
  const probing = new ProcessEngine({ dataDir: scratch.path, agentCommand: agentCommand(), log: silentLogger });
  const availability = await probing.checkAvailability(never);
  return availability.available && availability.warnings.length === 0;
}

function agentCommand() {
  return { file: process.execPath, args: [fakeAgent] };
}

function newEngine(options: Partial<ProcessEngineOptions> = {}): ProcessEngine {
  const made = new ProcessEngine({ dataDir, agentCommand: agentCommand(), log: silentLogger, ...options });
  engines.push(made);
  return made;
}

const sandboxWorks = await canSandbox();

beforeEach(async () => {
  folder = new TestFolder();
  dataDir = folder.path;
  stub = new AgentStub();
  url = await stub.listen();
});

afterEach(async () => {
  // What ends from here on is not to be started again.
  await Promise.all(engines.splice(0).map((made) => made[Symbol.asyncDispose]()));
  const sweeper = newEngine(noneOrTried());
  for (const id of await sweeper.held()) await sweeper.sweepOrphan(id, { isStill: async () => true, signal: never });
  await stub[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** The clean-up needs no sandbox, and so no probe. */
function noneOrTried(): Partial<ProcessEngineOptions> {
  return { sandbox: noSandbox };
}

const settings: WorkspaceSettings = {
  engine: "process",
  image: undefined,
  cpus: undefined,
  memoryBytes: undefined,
  user: undefined,
  env: {},
  volumes: [],
  dailyCost: 0,
};

function agent(more: Partial<AgentDeclaration> = {}): AgentDeclaration {
  return {
    name: "main",
    operatingSystem: "linux",
    architecture: "amd64",
    directory: "/home/dev/project",
    env: {},
    connectionTimeoutSeconds: 120,
    troubleshootingUrl: "",
    motdFile: "",
    displayApps: [],
    displayOrder: 0,
    scripts: [],
    metadata: [],
    apps: [],
    envFromSecrets: true,
    token: randomUUID(),
    ...more,
  };
}

function script(more: Partial<ScriptDeclaration> = {}): ScriptDeclaration {
  return {
    displayName: "s",
    script: "true",
    cron: "",
    runOnStart: false,
    runOnStop: false,
    runOnClaim: false,
    startBlocksLogin: false,
    timeoutSeconds: 0,
    logPath: "",
    icon: "",
    ...more,
  };
}

function request(more: Partial<EngineRequest> & { env?: Record<string, string> } = {}): EngineRequest {
  const { env, ...others } = more;
  return {
    buildId: randomUUID(),
    transition: "start",
    stage: "none",
    organizationId: randomUUID(),
    workspace: { id: randomUUID(), name: "dev" },
    template: { id: randomUUID(), name: "starter", version: "v1" },
    owner: { id: randomUUID(), name: "alice", mayRunUnsandboxed: true },
    settings: { ...settings, env: env ?? {} },
    agents: [agent()],
    state: undefined,
    accessUrl: url,
    ...others,
  };
}

function context(more: Partial<EngineContext> = {}): EngineContext {
  return { signal: never, log: () => undefined, ...more };
}

/** The same workspace, another build. */
function then(before: EngineRequest, state: EngineState | undefined, more: Partial<EngineRequest>): EngineRequest {
  return { ...before, buildId: randomUUID(), state, ...more };
}

async function processesOf(workspaceId: string): Promise<number[]> {
  return (await listProcesses()).filter((process) => process.workspaceId === workspaceId).map(({ pid }) => pid);
}

/** Processes whose command line holds the text. */
async function withArgument(argument: string): Promise<number[]> {
  const table = await listProcesses();
  const lines = await Promise.all(table.map(({ pid }) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
  return table.filter((_, index) => lines[index]?.split("\0").includes(argument)).map(({ pid }) => pid);
}

const kinds: [string, Partial<ProcessEngineOptions>][] = [["without a sandbox", { sandbox: noSandbox }]];
if (sandboxWorks) kinds.push(["in a sandbox", {}]);

describe.each(kinds)("workspaces %s", (kind, options) => {
  const isSandboxed = kind === "in a sandbox";

  beforeEach(() => {
    engine = newEngine(options);
  });

  test("a start makes the home and runs the agent with its token, and returns without waiting for it", async () => {
    const start = request({ env: { LANG: "C.UTF-8", GOPATH: "/home/dev/go:/opt/go" } });
    const home = join(dataDir, "workspaces", start.workspace.id, "home");

    const outcome = await engine.apply(start, context());
    const started = await stub.next("started");

    expect(started.env).toMatchObject({
      HEARTH_WORKSPACE_ID: start.workspace.id,
      HEARTH_AGENT_NAME: "main",
      CODER_AGENT_URL: url,
      CODER_AGENT_TOKEN: start.agents[0]?.token,
      HOME: isSandboxed ? "/home/dev" : home,
      USER: "dev",
      LANG: "C.UTF-8",
      GOPATH: isSandboxed ? "/home/dev/go:/opt/go" : `${home}/go:/opt/go`,
    });
    expect(started.cwd).toBe(isSandboxed ? "/home/dev" : home);
    expect(Object.keys(started.env).filter((name) => /^(VITEST|NODE_|npm_)/.test(name))).toEqual([]);
    expect(outcome.identityOnlyClaim).toBe(false);
    expect(outcome.metadata).toEqual(
      isSandboxed
        ? [{ key: "sandbox", value: "bubblewrap", sensitive: false }]
        : [
            { key: "sandbox", value: "none", sensitive: false },
            { key: "directory", value: dirname(home), sensitive: false },
          ],
    );
    expect(JSON.stringify(outcome.state)).not.toContain(start.agents[0]?.token);
  });

  test("what holds tokens is the daemon's alone", async () => {
    const start = request();
    await engine.apply(start, context());
    await stub.next("started");
    const directory = join(dataDir, "workspaces", start.workspace.id);

    const modes = await Promise.all(
      ["", "launch.json", "running.json", "agent-main.log"].map(
        async (name) => (await stat(join(directory, name))).mode & 0o777,
      ),
    );

    expect(modes).toEqual([0o700, 0o600, 0o600, 0o600]);
  });

  test("paths of the manifest lie in the workspace's home", async () => {
    const directory = (start: EngineRequest): string => join(dataDir, "workspaces", start.workspace.id);
    const start = request({
      agents: [
        agent({
          env: { BIN: "/home/dev/bin:/usr/bin", OTHER: "/home/device" },
          scripts: [script({ script: "cat /home/dev/x", logPath: "/home/dev/s.log" })],
        }),
      ],
    });

    const { agents } = await engine.apply(start, context());
    await stub.next("started");

    const home = isSandboxed ? "/home/dev" : join(directory(start), "home");
    expect(agents[0]).toMatchObject({
      directory: `${home}/project`,
      env: { BIN: `${home}/bin:/usr/bin`, OTHER: "/home/device" },
      motdFile: isSandboxed ? "" : join(directory(start), "motd"),
      scripts: [{ logPath: `${home}/s.log`, script: "cat /home/dev/x" }],
    });
    if (!isSandboxed) expect(await readFile(agents[0]?.motdFile ?? "", "utf8")).toContain("without a sandbox");
  });

  test("a start of what runs replaces its agent: twice is the same as once", async () => {
    const first = request();
    const { state } = await engine.apply(first, context());
    const started = await stub.next("started");

    const second = then(first, state, { agents: [agent()] });
    await engine.apply(second, context());
    const again = await stub.next("started");

    expect(again.env["CODER_AGENT_TOKEN"]).toBe(second.agents[0]?.token);
    expect(again.env["CODER_AGENT_TOKEN"]).not.toBe(started.env["CODER_AGENT_TOKEN"]);
    expect(await processesOf(first.workspace.id)).toHaveLength(isSandboxed ? 3 : 1);
  });

  test("a stop lets the agent end, then ends whatever it left, wherever that went", async () => {
    const marker = `100000.${randomUUID().replaceAll(/[^0-9]/g, "")}`;
    const start = request({ env: { FAKE_CHILD: marker } });
    const { state } = await engine.apply(start, context());
    await stub.next("started");
    expect(await withArgument(marker)).toHaveLength(1);

    const outcome = await engine.apply(
      then(start, state, { transition: "stop", agents: [agent({ token: undefined })] }),
      context(),
    );
    await stub.next("stopping");

    const home = join(dataDir, "workspaces", start.workspace.id, "home");
    expect(await readFile(join(home, "stopped"), "utf8")).toBe("yes");
    expect(await processesOf(start.workspace.id)).toEqual([]);
    expect(await withArgument(marker)).toEqual([]);
    expect(outcome.agents).toEqual([]);
    expect(await readdir(home)).toContain("stopped");
  });

  test("an agent that does not end in time is killed, and the log says so", async () => {
    engine = newEngine({ ...options, stopGraceMs: 300 });
    const start = request({ env: { FAKE_DEAF: "1" } });
    const { state } = await engine.apply(start, context());
    await stub.next("started");
    const said: string[] = [];

    await engine.apply(then(start, state, { transition: "stop" }), context({ log: (_level, line) => said.push(line) }));

    expect(await processesOf(start.workspace.id)).toEqual([]);
    expect(said.join("")).toContain("were killed");
  });

  test("a stop of what does not run, and a delete of what is not there, succeed", async () => {
    const nothing = request({ transition: "stop", agents: [], settings: undefined });

    await engine.apply(nothing, context());
    await engine.apply(then(nothing, undefined, { transition: "delete" }), context());

    expect(await readdir(join(dataDir, "workspaces")).catch(() => [])).not.toContain(nothing.workspace.id);
  });

  test("a delete without state ends what runs and removes the directory, write-protected parts too", async () => {
    const start = request({
      env: { FAKE_RUN: "mkdir -p ~/cache/deep && touch ~/cache/deep/file && chmod 500 ~/cache/deep" },
    });
    await engine.apply(start, context());
    await stub.next("started");

    await engine.apply(then(start, undefined, { transition: "delete", agents: [], settings: undefined }), context());

    expect(await processesOf(start.workspace.id)).toEqual([]);
    expect(await readdir(join(dataDir, "workspaces"))).toEqual([]);
  });

  test("a delete, or a start of what runs, waits for the agent only when it has something to do", async () => {
    const scripts = [script({ runOnStop: true, timeoutSeconds: 5 })];
    const start = request();
    const { state } = await engine.apply(start, context());
    await stub.next("started");

    await engine.apply(then(start, state, { agents: [agent({ scripts })] }), context());
    await stub.next("stopping");
    await stub.next("started");
    await engine.apply(then(start, state, { transition: "delete", agents: [agent({ scripts })] }), context());
    await stub.next("stopping");

    expect(await processesOf(start.workspace.id)).toEqual([]);
  });

  test("a claim changes nothing and takes no time: same process, no token, the new identity's paths", async () => {
    const prebuild = request({ stage: "create" });
    const { state } = await engine.apply(prebuild, context());
    const { pid } = await stub.next("started");
    const before = await processesOf(prebuild.workspace.id);

    const claim = then(prebuild, state, {
      stage: "claim",
      owner: { id: randomUUID(), name: "bob", mayRunUnsandboxed: true },
      agents: [agent({ token: undefined, directory: "/home/dev/bob" })],
    });
    const outcome = await engine.apply(claim, context());

    expect(pid).toBeGreaterThan(0);
    expect(outcome).toMatchObject({ identityOnlyClaim: true, state, timings: [] });
    expect(outcome.agents[0]?.token).toBeUndefined();
    expect(outcome.agents[0]?.directory.endsWith("/bob")).toBe(true);
    expect(await processesOf(prebuild.workspace.id)).toEqual(before);
  });

  test("a claim with other settings starts the agent again, with the token it has", async () => {
    const prebuild = request({ stage: "create" });
    const { state } = await engine.apply(prebuild, context());
    await stub.next("started");

    const claim = then(prebuild, state, {
      stage: "claim",
      settings: { ...settings, env: { MORE: "1" } },
      agents: [agent({ token: undefined })],
    });
    const outcome = await engine.apply(claim, context());
    const again = await stub.next("started");

    expect(outcome.identityOnlyClaim).toBe(false);
    expect(again.env).toMatchObject({ MORE: "1", CODER_AGENT_TOKEN: prebuild.agents[0]?.token });
  });

  test("after a restart of the daemon living agents are adopted, dead ones are started with their token", async () => {
    const [one, two] = [request(), request()];
    await engine.apply(one, context());
    await engine.apply(two, context());
    const events = [await stub.next("started"), await stub.next("started")];
    const pids = await processesOf(two.workspace.id);
    await engine[Symbol.asyncDispose]();
    for (const pid of pids) killIfThere(pid);
    while ((await processesOf(two.workspace.id)).length > 0); // the kernel takes its time

    const running = [one.workspace.id, two.workspace.id];
    const report = await newEngine(options).resume(running, { signal: never, accessUrl: url });
    const again = await stub.next("started");

    expect(events).toHaveLength(2);
    expect(report).toEqual({ adopted: [one.workspace.id], restarted: [two.workspace.id], failed: [] });
    expect(again.env).toMatchObject({ HEARTH_WORKSPACE_ID: two.workspace.id, CODER_AGENT_TOKEN: two.agents[0]?.token });
  });

  test("a graceful stop of the server ends agents; the next start brings them back, at the new address", async () => {
    const start = request({ accessUrl: `${url}/old` });
    await engine.apply(start, context());
    await stub.next("started");

    await engine.shutdownAgents({ graceMs: 10_000, signal: never });
    await stub.next("stopping");
    expect(await processesOf(start.workspace.id)).toEqual([]);
    const running = [start.workspace.id];
    const report = await newEngine(options).resume(running, { signal: never, accessUrl: url });
    const again = await stub.next("started");

    expect(report.restarted).toEqual([start.workspace.id]);
    expect(again.env["CODER_AGENT_URL"]).toBe(url);
  });

  test("what is held here is told, and removed only while it is known to be gone", async () => {
    const start = request();
    const { id } = start.workspace;
    await engine.apply(start, context());
    await stub.next("started");

    expect(await engine.held()).toEqual([id]);
    expect(await engine.sweepOrphan(id, { isStill: async () => false, signal: never })).toBe(false);
    expect(await processesOf(id)).not.toEqual([]);

    expect(await engine.sweepOrphan(id, { isStill: async () => true, signal: never })).toBe(true);
    expect([await processesOf(id), await engine.held()]).toEqual([[], []]);
  });

  test("whether it is gone is asked when no build of it is under way here", async () => {
    const start = request();
    const asked: string[] = [];
    const building = engine.apply(start, context());
    const isStill = async () => {
      asked.push((await engine.held()).length === 1 ? "when it was built" : "too early");
      return false;
    };

    await engine.sweepOrphan(start.workspace.id, { isStill, signal: never });
    await building;

    expect(asked).toEqual(["when it was built"]);
    await stub.next("started");
  });

  test("a workspace that nobody can start again is told, and the others come back", async () => {
    const start = request();
    await engine.apply(start, context());
    await stub.next("started");
    const lost = randomUUID();

    const report = await newEngine(options).resume([lost, start.workspace.id], { signal: never });

    expect(report.failed.map(({ workspaceId }) => workspaceId)).toEqual([lost]);
    expect(report.adopted).toEqual([start.workspace.id]);
  });

  test("a stop that is cancelled keeps its state, and a later delete cleans up", async () => {
    const start = request({ env: { FAKE_DEAF: "1" } });
    const { state } = await engine.apply(start, context());
    await stub.next("started");
    const cancel = new AbortController();

    const stopping = engine.apply(then(start, state, { transition: "stop" }), context({ signal: cancel.signal }));
    const refused = expect(stopping).rejects.toMatchObject({ name: "EngineError", state });
    await stub.next("deaf");
    cancel.abort(new Error("canceled"));
    await refused;
    engine = newEngine({ ...options, stopGraceMs: 1 });
    await engine.apply(then(start, state, { transition: "delete" }), context());

    expect(await processesOf(start.workspace.id)).toEqual([]);
    expect(await readdir(join(dataDir, "workspaces"))).toEqual([]);
  });

  describe("an agent that ends by itself", () => {
    const quick = { baseMs: 1, maxMs: 1, limit: 2, windowMs: 3_600_000 };
    /** Waits that no test lives to see the end of. */
    const slow = { ...quick, baseMs: 1e9, maxMs: 1e9 };
    let incidents: AsyncIterator<AgentIncident>;

    function supervise(restarts: ProcessEngineOptions["restarts"]): void {
      engine = newEngine({ ...options, ...(restarts && { restarts }) });
      const queue = new AsyncQueue<AgentIncident>({ capacity: 100 });
      engine.onIncident((incident) => queue.push(incident));
      incidents = queue[Symbol.asyncIterator]();
    }
    const nextIncident = async () => (await incidents.next()).value as AgentIncident;

    async function recorded(workspaceId: string): Promise<{ agent: string; pid: number; startTime: string }[]> {
      const file = join(dataDir, "workspaces", workspaceId, "running.json");
      const { processes } = JSON.parse(await readFile(file, "utf8")) as {
        processes: { agent: string; pid: number; startTime: string }[];
      };
      return processes;
    }

    /** The agent itself, not what its sandbox consists of. */
    async function agentOf(workspaceId: string, name = "main"): Promise<number> {
      const root = (await recorded(workspaceId)).find((process) => process.agent === name);
      const found = root && agentBelow(root, await listProcesses());
      if (!found) throw new Error(`agent "${name}" does not run`);
      return found.pid;
    }

    test("is started again at once, with its token and its files, and told", async () => {
      supervise(quick);
      const start = request({ env: { FAKE_RUN: "ls ~ /tmp; touch ~/mine /tmp/mine" } });
      await engine.apply(start, context());
      await stub.next("started");

      process.kill(await agentOf(start.workspace.id), "SIGKILL");
      const again = await stub.next("started");

      expect(again.env).toMatchObject({ CODER_AGENT_TOKEN: start.agents[0]?.token, CODER_AGENT_URL: url });
      expect(again.output.match(/^mine$/gm)).toHaveLength(2);
      expect(await nextIncident()).toEqual({
        kind: "restarted",
        workspaceId: start.workspace.id,
        agentName: "main",
        how: "killed by SIGKILL",
        attempt: 1,
        limit: 2,
      });
      expect(await processesOf(start.workspace.id)).toHaveLength(isSandboxed ? 3 : 1);
    });

    test("at each start is given up in the end, with the reason", async () => {
      supervise(quick);
      const start = request({ env: { FAKE_EXIT: "3" } });
      await engine.apply(start, context());

      for (let starts = 0; starts < 3; starts++) await stub.next("started");
      const told = [await nextIncident(), await nextIncident(), await nextIncident()];

      expect(told.map(({ kind }) => kind)).toEqual(["restarted", "restarted", "given_up"]);
      expect(told[2]).toMatchObject({
        workspaceId: start.workspace.id,
        agentName: "main",
        reason: "it ended 3 times within 60 minutes, the last time: exit code 3",
      });
      // A start by a build begins anew.
      await engine.apply(then(start, undefined, {}), context());
      await stub.next("started");
      expect(await nextIncident()).toMatchObject({ kind: "restarted", attempt: 1 });
    });

    test("is not started again while its workspace is stopped, nor later", async () => {
      supervise(quick);
      const start = request();
      const { state } = await engine.apply(start, context());
      await stub.next("started");
      const stop = then(start, state, { transition: "stop", agents: [agent({ token: undefined })] });

      process.kill(await agentOf(start.workspace.id), "SIGKILL");
      await engine.apply(stop, context());
      await engine[Symbol.asyncDispose](); // whatever it was about to do is over

      expect(await processesOf(start.workspace.id)).toEqual([]);
    });

    test.for(["stop", "delete"] as const)("is not waited for any more after a %s", async (transition) => {
      supervise(slow);
      const start = request();
      const { state } = await engine.apply(start, context());
      await stub.next("started");
      process.kill(await agentOf(start.workspace.id), "SIGKILL");
      await stub.next("started");
      await nextIncident();
      process.kill(await agentOf(start.workspace.id), "SIGKILL"); // now it waits

      await engine.apply(then(start, state, { transition }), context());
      await engine[Symbol.asyncDispose]();

      expect(await processesOf(start.workspace.id)).toEqual([]);
    });

    test("while it waits to be started again and the daemon is restarted, is brought back by the next one", async () => {
      supervise(slow);
      const start = request();
      await engine.apply(start, context());
      await stub.next("started");
      process.kill(await agentOf(start.workspace.id), "SIGKILL");
      await stub.next("started");
      await nextIncident();
      process.kill(await agentOf(start.workspace.id), "SIGKILL");
      await engine[Symbol.asyncDispose]();

      supervise(quick);
      const running = [start.workspace.id];
      await engine.resume(running, { signal: never, accessUrl: url });

      expect((await stub.next("started")).env["CODER_AGENT_TOKEN"]).toBe(start.agents[0]?.token);
    });

    test("of an earlier daemon is started again by the one that adopted it", async () => {
      const start = request();
      await engine.apply(start, context());
      await stub.next("started");
      await engine[Symbol.asyncDispose]();
      supervise(quick);
      const running = [start.workspace.id];
      const { adopted } = await engine.resume(running, { signal: never, accessUrl: url });
      expect(adopted).toEqual([start.workspace.id]);

      process.kill(await agentOf(start.workspace.id), "SIGKILL");
      const again = await stub.next("started");

      expect(again.env["CODER_AGENT_TOKEN"]).toBe(start.agents[0]?.token);
      expect(await nextIncident()).toMatchObject({ kind: "restarted" });
    });

    test("leaves the workspace's other agents as they are, and takes what it left with it", async () => {
      supervise(quick);
      const marker = `100000.${randomUUID().replaceAll(/[^0-9]/g, "")}`;
      const start = request({
        agents: [agent({ name: "one" }), agent({ name: "two" })],
        env: { FAKE_RUN: `(sleep ${marker} &) >/dev/null 2>&1` },
      });
      await engine.apply(start, context());
      await stub.next("started");
      await stub.next("started");
      const two = await agentOf(start.workspace.id, "two");

      process.kill(await agentOf(start.workspace.id, "one"), "SIGKILL");
      const again = await stub.next("started");

      expect(again.env["HEARTH_AGENT_NAME"]).toBe("one");
      expect(await agentOf(start.workspace.id, "two")).toBe(two);
      expect(await withArgument(marker)).toHaveLength(2);
    });

    test.for(isSandboxed ? ["its sandbox's monitor"] : [])(
      "is what ends, not %s: without that it goes on",
      async () => {
        supervise(quick);
        const start = request();
        await engine.apply(start, context());
        await stub.next("started");
        const before = await agentOf(start.workspace.id);
        const [monitor] = await recorded(start.workspace.id);
        process.kill(monitor?.pid ?? 0, "SIGKILL");
        while ((await recorded(start.workspace.id))[0]?.pid === monitor?.pid);

        expect(await recorded(start.workspace.id)).toMatchObject([{ pid: before }]);
        process.kill(before, "SIGKILL");
        await stub.next("started");
        expect(await nextIncident()).toMatchObject({ kind: "restarted", attempt: 1 });
        expect(await processesOf(start.workspace.id)).toHaveLength(3);
      },
    );
  });

  test("agents outlive a daemon that is killed", async () => {
    const start = request();
    const script = `
      import { ProcessEngine } from ${JSON.stringify(join(import.meta.dirname, "process-engine.ts"))};
      import { silentLogger } from "@hearth/base";
      const engine = new ProcessEngine(${JSON.stringify({ dataDir, agentCommand: agentCommand(), ...options })});
      const log = silentLogger;
      await engine.apply(${JSON.stringify(start)}, { signal: new AbortController().signal, log: () => undefined });
      console.log("done");
      setInterval(() => undefined, 1000);
    `;
    const daemon = spawn(process.execPath, ["--input-type=module", "-e", script], {
      cwd: import.meta.dirname,
      stdio: ["ignore", "pipe", "inherit"],
    });
    await stub.next("started");
    await once(daemon.stdout, "data");
    daemon.kill("SIGKILL");
    await once(daemon, "exit");

    const running = [start.workspace.id];
    const report = await engine.resume(running, { signal: never, accessUrl: url });

    expect(report.adopted).toEqual([start.workspace.id]);
  });
});

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // a sandbox's processes end with its first one
  }
}

describe.runIf(sandboxWorks)("the sandbox", () => {
  test("shows the home, a private /tmp and the host's programs, and nothing else of the host", async () => {
    engine = newEngine();
    await writeFile(join(dataDir, "secret"), "s");
    const run = [
      "id -un; hostname; pwd",
      "echo '#' processes $(ls /proc | grep -c '^[0-9]')",
      `ls ${dataDir} ${tmpdir()} /root /var/lib 2>&1 | sed 's/^/ls: /'`,
      "for path in /x /usr/x /etc/x /home/x /run/x /var/x /dev/x /proc/sys/kernel/hostname /sys/x; do (: > $path) 2>/dev/null && echo writable $path; done",
      "for path in /etc/shadow /etc/gshadow; do (: < $path) 2>/dev/null && echo readable $path; done",
      "for path in /run/docker.sock /var/run/docker.sock /run/dbus/system_bus_socket; do [ -e $path ] && echo there $path; done",
      "grep -E '^(CapEff|NoNewPrivs)' /proc/self/status",
      "touch /tmp/own ~/own && echo wrote",
      "IFS=:; for path in $PATH; do case $path in /usr/*|/bin|/sbin|/opt/*) ;; *) echo readable PATH $path ;; esac; done; unset IFS",
      "getent passwd $(id -u) | cut -d: -f1,6",
    ].join("\n");
    const start = request({ env: { FAKE_RUN: run } });

    await engine.apply(start, context());
    const { output, uid } = await stub.next("started");

    const lines = output.split("\n");
    expect(lines.slice(0, 3)).toEqual(["dev", `hearth-${start.workspace.id.slice(0, 8)}`, "/home/dev"]);
    expect(Number(/# processes (\d+)/.exec(output)?.[1])).toBeLessThan(10);
    expect(lines.filter((line) => /^(writable|readable|there|ls: secret|ls: workspaces)/.test(line))).toEqual([]);
    expect(lines).toContain("CapEff:\t0000000000000000");
    expect(lines).toContain("NoNewPrivs:\t1");
    expect(lines).toContain("wrote");
    expect(lines).toContain("dev:/home/dev");
    if (process.getuid?.() === 0) expect(uid).toBeGreaterThan(0x7000_0000 - 1);
  });

  test("keeps workspaces apart from each other, and files across stop and start", async () => {
    engine = newEngine();
    const one = request({ env: { FAKE_RUN: "echo mine > ~/file; echo mine > /tmp/file" } });
    const two = request({ env: { FAKE_RUN: "ls -A ~ /tmp; ls /home" } });

    const { state } = await engine.apply(one, context());
    await stub.next("started");
    await engine.apply(two, context());
    const other = await stub.next("started");
    await engine.apply(then(one, state, { transition: "stop" }), context());
    await stub.next("stopping");
    await engine.apply(
      then(one, state, { settings: { ...settings, env: { FAKE_RUN: "cat ~/file; ls -A /tmp | grep -x file" } } }),
      context(),
    );
    const again = await stub.next("started");

    expect(other.output).not.toContain("file");
    expect(again.output).toBe("mine\n");
  });

  test("a workspace that ran without one comes into it, files and all", async () => {
    const start = request({ env: { FAKE_RUN: "mkdir -p ~/deep; echo kept > ~/deep/file" } });
    engine = newEngine({ sandbox: noSandbox });
    const { state } = await engine.apply(start, context());
    await stub.next("started");
    await engine[Symbol.asyncDispose]();

    await newEngine().apply(
      then(start, state, {
        settings: { ...settings, env: { FAKE_RUN: "cat ~/deep/file && echo more >> ~/deep/file && echo written" } },
      }),
      context(),
    );

    expect((await stub.next("started")).output).toBe("kept\nwritten\n");
  });

  test("what belongs in a sandbox is not brought back without one", async () => {
    const start = request();
    engine = newEngine();
    await engine.apply(start, context());
    await stub.next("started");
    await engine.shutdownAgents({ graceMs: 10_000, signal: never });

    const report = await newEngine({ sandbox: noSandbox }).resume([start.workspace.id], { signal: never });

    expect(report.failed[0]?.error).toContain("belongs in a sandbox");
    expect(await processesOf(start.workspace.id)).toEqual([]);
  });
});

test("only those who may share the host get a workspace without a sandbox, built or claimed", async () => {
  engine = newEngine({ sandbox: noSandbox });
  const nobody = { id: randomUUID(), name: "bob", mayRunUnsandboxed: false };
  const prebuild = request({ stage: "create" });
  const { state } = await engine.apply(prebuild, context());
  await stub.next("started");

  const start = engine.apply(request({ owner: nobody }), context());
  await expect(start).rejects.toThrow(
    /Without a sandbox run only workspaces of owners.*this test wants none.*HEARTH_ALLOW_UNSANDBOXED=1/,
  );
  const claim = engine.apply(then(prebuild, state, { stage: "claim", owner: nobody }), context());
  await expect(claim).rejects.toBeInstanceOf(EngineError);
});

test("a program that is missing makes the engine unavailable, by name", async () => {
  const missing = newEngine({ agentCommand: { file: process.execPath, args: ["/nowhere/agent.mjs"] } });
  const none = newEngine({ agentCommand: { file: "/nowhere/node", args: [fakeAgent] }, sandbox: noSandbox });

  expect(await missing.checkAvailability(never)).toEqual({
    available: false,
    reason: "its program /nowhere is missing",
  });
  await expect(none.apply(request(), context())).rejects.toThrow("could not be started");
});

test("without a sandbox an import is warned; settings without effect are named", async () => {
  const availability = await newEngine({ sandbox: noSandbox }).checkAvailability(never);
  const all = { ...settings, user: "dev", image: "debian", cpus: 1, memoryBytes: 1 };

  expect(availability).toMatchObject({
    available: true,
    warnings: [expect.stringContaining("share this host's files")],
  });
  expect(newEngine().settingWarnings(settings)).toEqual([]);
  expect(
    newEngine()
      .settingWarnings(all)
      .map((warning) => /"(\w+)"/.exec(warning)?.[1]),
  ).toEqual(["user", "image", "cpus", "memory"]);
});

test("a workspace's id becomes a path only when it is one", async () => {
  for (const id of ["..", "../x", "", "a/b", "workspace"]) {
    await expect(
      newEngine({ sandbox: noSandbox }).apply(
        request({ transition: "delete", workspace: { id, name: "x" } }),
        context(),
      ),
    ).rejects.toThrow("is no workspace's id");
  }
});

test("two builds of one workspace do not run at once", async () => {
  engine = newEngine({ sandbox: noSandbox });
  const start = request();

  await Promise.all([
    engine.apply(start, context()),
    engine.apply(then(start, undefined, { transition: "stop" }), context()),
  ]);

  expect(await processesOf(start.workspace.id)).toEqual([]);
});

test("a process is told from a later one with its number", async () => {
  const startTime = startTimeOf(process.pid);

  expect(startTime).toMatch(/^\d+$/);
  expect(isAlive({ pid: process.pid, startTime: startTime ?? "" })).toBe(true);
  expect(isAlive({ pid: process.pid, startTime: "1" })).toBe(false);
  expect(startTimeOf(2 ** 22 + 1)).toBeUndefined();
});

test("a home that was made unwritable is removed all the same", async () => {
  const id = randomUUID();
  const deep = join(dataDir, "workspaces", id, "home/a/b");
  await mkdir(deep, { recursive: true });
  await chmod(deep, 0o000);

  await newEngine({ sandbox: noSandbox }).apply(
    request({ transition: "delete", workspace: { id, name: "x" } }),
    context(),
  );

  expect(await readdir(join(dataDir, "workspaces"))).toEqual([]);
});

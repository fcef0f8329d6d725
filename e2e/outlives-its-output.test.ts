import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { spawn as spawnInTerminal } from "@lydell/node-pty";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { endpoints, type Client } from "@hearth/sdk";
import { endOfLog, pushTemplate, RealServer } from "@hearth/testkit";

// The output of a daemon comes to an end in every way that it can: nothing changes for those whom it serves. It goes on,
// and SIGTERM stops it in its phases, with its database and its workspaces.

/** How the server's output ends, and how it is started for that. */
interface Way {
  readonly name: string;
  /** Resolves once the output has come to its end. */
  begin(server: RealServer): Promise<void>;
}

/** A program of another session than the terminal's is not told when that goes. */
const inOwnSession = 'setsid "$@" & wait';

const ways: Way[] = [
  {
    name: "a pipe whose reader has seen enough (| head -3)",
    begin: async (server) => {
      const { file, args, options } = server.program();
      const script = '"$@" 2>&1 | head -3 >/dev/null';
      spawn("/bin/sh", ["-c", script, "sh", file, ...args], { ...options, stdio: "ignore" });
      await Promise.resolve();
    },
  },
  {
    name: "a file on a full disk",
    begin: async (server) => {
      const { file, args, options } = server.program();
      const full = openSync("/dev/full", "w");
      try {
        spawn(file, args, { ...options, stdio: ["ignore", full, full] });
      } finally {
        closeSync(full);
      }
      await Promise.resolve();
    },
  },
  {
    name: "a terminal that is gone, without a word",
    begin: async (server) => {
      const { file, args, options } = server.program();
      const terminal = spawnInTerminal("/bin/sh", ["-c", inOwnSession, "sh", file, ...args], options);
      const isHeard = Promise.withResolvers<void>();
      terminal.onData((text) => {
        if (text.includes("Hearth ")) isHeard.resolve();
      });
      await isHeard.promise;
      closeMaster(terminal);
    },
  },
  {
    name: "a terminal that is stopped (Ctrl-S)",
    begin: async (server) => {
      const { file, args, options } = server.program();
      const terminal = spawnInTerminal("/bin/sh", ["-c", inOwnSession, "sh", file, ...args], options);
      const isHeard = Promise.withResolvers<void>();
      terminal.onData((text) => {
        if (text.includes("Hearth ")) isHeard.resolve();
      });
      await isHeard.promise;
      terminal.write("\u0013");
    },
  },
];

let server: RealServer;
beforeAll(async () => {
  server = await RealServer.prepare();
  // What only a first start does (building, making the database) may take minutes on a machine that is busy.
  await server.start();
  await server.stop();
}, 300_000);
afterEach(async () => {
  const pid = await pidOf(server);
  if (isAlive(pid)) process.kill(pid, "SIGKILL");
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe("a server goes on, and stops in its phases, when its output is", () => {
  test.for(ways)("$name", async (way) => {
    await way.begin(server);

    const client = await firstLogIn(server);
    const workspacePids = await startWorkspace(client, server, `w${ways.indexOf(way)}`);
    const pid = await pidOf(server);
    const postgresPid = await postgresPidOf(server);
    expect([pid, postgresPid, ...workspacePids].filter((each) => !isAlive(each))).toEqual([]);

    process.kill(pid, "SIGTERM");

    await expect.poll(() => isAlive(pid), { timeout: 60_000 }).toBe(false);
    expect(await stoppedPhases(server)).toEqual(phases);
    expect([postgresPid, ...workspacePids].filter(isAlive)).toEqual([]);
  });
});

test("a server whose terminal hangs up stops in its phases", async () => {
  const { file, args, options } = server.program();
  const terminal = spawnInTerminal(file, args, options);
  let said = "";
  const isReadyText = Promise.withResolvers<void>();
  terminal.onData((text) => {
    said += text;
    if (said.includes("Try next")) isReadyText.resolve();
  });
  await isReadyText.promise;
  const pid = await pidOf(server);
  const postgresPid = await postgresPidOf(server);

  closeMaster(terminal);

  await expect.poll(() => isAlive(pid), { timeout: 60_000 }).toBe(false);
  expect(await stoppedPhases(server)).toEqual(phases);
  expect(isAlive(postgresPid)).toBe(false);
});

const phases = [
  "readiness",
  "workers and workspaces",
  "loops",
  "acquisition",
  "requests",
  "what is held open",
  "chat episodes",
  "runs",
  "agent sessions",
  "activity",
  "lease",
  "relay",
  "announcements",
  "database connections",
  "embedded database",
  "data directory",
];

/** Closes our end of a terminal, as a window that is closed does. */
function closeMaster(terminal: ReturnType<typeof spawnInTerminal>): void {
  // Public on Unix, and in no type: `kill` would end the process, which is what is to be seen.
  (terminal as typeof terminal & { destroy(): void }).destroy();
}

/** Waits for a server that cannot tell us that it is ready. */
async function firstLogIn(server: RealServer): Promise<Client> {
  let client: Client | undefined;
  const logIn = async () => {
    client = await server.logIn().catch(() => undefined); // it does not listen yet
    return client;
  };
  await expect.poll(logIn, { timeout: 60_000 }).toBeDefined();
  if (client === undefined) throw new Error("no client");
  return client;
}

async function pidOf({ dataDir }: RealServer): Promise<number> {
  return Number(await readFile(join(dataDir, "hearth.pid"), "utf8"));
}

async function postgresPidOf({ dataDir }: RealServer): Promise<number> {
  return Number((await readFile(join(dataDir, "postgres/postmaster.pid"), "utf8")).split("\n")[0]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The names of the phases in which the server stopped last. */
async function stoppedPhases({ dataDir }: RealServer): Promise<string[]> {
  const lines = (await readFile(join(dataDir, "hearth.log"), "utf8")).trim().split("\n");
  const stopped = lines
    .map((line) => JSON.parse(line) as { msg: string; phase?: string }) // pino's lines
    .filter(({ msg }) => msg === "stopped")
    .map(({ phase }) => phase ?? "");
  return stopped.slice(stopped.lastIndexOf("readiness"));
}

/** Gives the processes of a workspace whose agent is connected. */
async function startWorkspace(client: Client, { dataDir }: RealServer, name: string): Promise<number[]> {
  const { id: template_id } = await pushTemplate(
    client,
    name,
    "workspace: { engine: process }\nagents: [{ name: main }]\n",
  );
  const workspace = await client.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { template_id, name },
  });
  const params = { workspacebuild: workspace.latest_build.id };
  await endOfLog(client.urlOf(endpoints.builds.getBuildLogs, { params, query: { follow: true } }, "ws"), client);
  const read = async () =>
    await client.call(endpoints.workspaces.getWorkspace, { params: { workspace: workspace.id } });
  const stateOf = async () => (await read()).latest_build.resources[0]?.agents?.[0]?.lifecycle_state;
  await expect.poll(stateOf, { timeout: 60_000 }).toBe("ready");
  const running = JSON.parse(await readFile(join(dataDir, "workspaces", workspace.id, "running.json"), "utf8")) as {
    processes: { pid: number }[];
  };
  expect(running.processes).toHaveLength(1);
  return running.processes.map(({ pid }) => pid);
}

import { systemClock } from "@hearth/base";
import { endpoints, openCommands, type Client } from "@hearth/sdk";
import type { Bench } from "../bench.ts";
import { MeasuredServer } from "../measured-server.ts";
import { claimedAgent, pauseReconciliation, WarmPool } from "../pool.ts";
import { agentProcess, proportionalKib } from "../processes.ts";
import { median, type Measurement } from "../row.ts";
import { SimulatedServer } from "../simulated-server.ts";
import { within } from "../within.ts";
import { bare } from "./manifests.ts";

const longMs = 600_000;
const execs = 100;

/** What a session costs the server, and an agent its host. */
export const memory: Bench = {
  about: "proportional set size: of a server with 1,000 sessions, beside its own start; of one of 20 agents on a host",
  isLong: true,
  async measure({ isFull, serverEnv, note }) {
    const session = await sessionMemory(serverEnv, isFull ? 1_000 : 200, note);
    return [session, ...(await agentMemory(serverEnv, { agents: 20, idleMs: isFull ? 600_000 : 20_000 }, note))];
  },
};

type Env = Readonly<Record<string, string>>;
type Note = (line: string) => void;

/** The same server before its agents come and when all are there, each time when nothing is left to collect. */
async function sessionMemory(env: Env, sessions: number, note: Note): Promise<Measurement> {
  await using server = await SimulatedServer.start(env);
  note(`fills a pool of ${sessions}`);
  const pool = await WarmPool.push(server.client, "warm", { manifest: bare, size: sessions });
  await pool.isFull(longMs);
  // Nothing is built in the place of those whose agents are away.
  await pauseReconciliation(server.client, true);
  await server.fleet.goAway();
  await server.startAgain();
  const [first] = await server.client.call(endpoints.templates.listTemplates, {}); // what the first requests load
  if (first === undefined) throw new Error("there is no template");
  const ownKib = await settledKib(server);
  await server.fleet.comeBack();
  await pool.isFull(longMs);
  const kib = await settledKib(server);
  note(`${ownKib} KiB of its own, ${kib} KiB with ${sessions} sessions`);
  return {
    name: `server, of each of ${sessions} sessions`,
    unit: "KiB",
    value: (kib - ownKib) / sessions,
    runs: sessions,
    budget: { value: 80 },
  };
}

async function settledKib(server: SimulatedServer): Promise<number> {
  // Sessions' first calls and what waits to be written are over.
  await systemClock.sleep(10_000);
  await server.collectGarbage();
  return await proportionalKib(server.pid);
}

/** Real ones, of which one has run commands. */
async function agentMemory(env: Env, of: { agents: number; idleMs: number }, note: Note): Promise<Measurement[]> {
  const { agents, idleMs } = of;
  await using measured = await MeasuredServer.start(env);
  const { client } = measured;
  const pool = await WarmPool.push(client, "warm", { manifest: bare, size: agents });
  const body = pool.request(await pool.isFull(longMs));
  // The claimed one is one of the 20.
  await pauseReconciliation(client, true);
  const workspace = await client.call(endpoints.workspaces.createWorkspace, { params: { user: "me" }, body });
  await runCommands(client, claimedAgent(workspace));
  note(`${agents} agents are idle for ${idleMs / 1000} s`);
  await systemClock.sleep(idleMs);
  const used = await proportionalKib(await agentProcess(workspace.id));
  const others = await client.call(endpoints.workspaces.listWorkspaces, {
    query: { q: "owner:prebuilds", limit: 100, offset: 0 },
  });
  const unused = await Promise.all(
    others.workspaces.map(async ({ id }) => await proportionalKib(await agentProcess(id))),
  );
  const idle = idleMs >= 60_000 ? `${idleMs / 60_000} idle minutes` : `${idleMs / 1000} idle seconds`;
  const row = (name: string, kib: number, runs: number): Measurement => {
    return { name, unit: "MB", value: (kib * 1024) / 1e6, runs, budget: { value: 35 } };
  };
  return [
    row(`agent, one of ${agents}, after ${execs} execs and ${idle}`, used, 1),
    row(`agent, one of ${agents} that nobody used, after ${idle}`, median(unused), unused.length),
  ];
}

async function runCommands(client: Client, agentId: string): Promise<void> {
  using connection = await within("a connection for commands", openCommands(client, agentId, { wait: "ready" }));
  for (let run = 0; run < execs; run++) {
    const { exit_code: code } = await within("true to end", connection.start({ argv: ["true"] }).exit);
    if (code !== 0) throw new Error(`true ended with ${code}`);
  }
}

import type { Client } from "@hearth/sdk";
import { untilOverEvents } from "@hearth/testkit";
import pg from "pg";
import type { Bench } from "../bench.ts";
import { createMany, type Created } from "../claim-clients.ts";
import { MeasuredServer } from "../measured-server.ts";
import { pauseReconciliation, WarmPool } from "../pool.ts";
import { percentile, type Measurement } from "../row.ts";
import { SimulatedServer } from "../simulated-server.ts";
import { within } from "../within.ts";
import { bare } from "./manifests.ts";

const longMs = 600_000;

/** Far more creates at once than there are warm workspaces. */
export const burst: Bench = {
  about: "1,000 creates at once on a pool of 500 (simulated agents), 200 on 100 (real ones)",
  isLong: true,
  async measure({ isFull, serverEnv, note }) {
    const rows: Measurement[] = [];
    {
      await using server = await SimulatedServer.start(serverEnv);
      rows.push(...(await storm(server, { size: isFull ? 500 : 100, agents: "simulated" }, note)));
    }
    await using server = await MeasuredServer.start(serverEnv);
    rows.push(...(await storm(server, { size: isFull ? 100 : 10, agents: "real" }, note)));
    return rows;
  },
};

interface Stormed {
  readonly client: Client;
  readonly connectionString: string;
}

/** Twice as many creates as the pool has, each on a connection that the server has accepted. */
async function storm(
  { client, connectionString }: Stormed,
  { size, agents }: { size: number; agents: string },
  note: (line: string) => void,
): Promise<Measurement[]> {
  const count = 2 * size;
  note(`fills a pool of ${size}`);
  const pool = await WarmPool.push(client, "warm", { manifest: bare, size });
  const presetId = await pool.isFull(longMs);
  // What takes the place of those that are claimed is not what was asked for.
  await pauseReconciliation(client, true);
  const { url, token = "" } = client;
  const order = { url, token, templateId: pool.templateId, presetId, name: "burst", count, clients: count };
  const created = await createMany(order, longMs);
  const failed = created.find(({ status }) => status !== 201);
  if (failed !== undefined) note(`one that failed: ${JSON.stringify(failed)}`);
  const claims = created.filter(({ how }) => how === "claimed");
  note(`claims ${describe(claims)}; builds ${describe(created.filter(({ how }) => how === "built"))}`);
  const builds = await untilBuilt(client, connectionString);
  const of = `of a burst of ${count} on ${size}, ${agents} agents`;
  const row = (name: string, value: number, unit: Measurement["unit"], budget: Measurement["budget"]) => {
    return { name: `${name} ${of}`, unit, value, runs: count, budget };
  };
  return [
    row("claims", claims.filter(({ isConnected }) => isConnected).length, "workspaces", { value: size, isLeast: true }),
    row("builds", builds.succeeded, "workspaces", { value: size, isLeast: true }),
    row("errors", created.filter(({ status }) => status !== 201).length + builds.failed, "errors", { value: 0 }),
    row(
      "claim, p99,",
      percentile(
        claims.map(({ ms }) => ms),
        0.99,
      ),
      "ms",
      { value: 1_000 },
    ),
    row("builds answered before the last claim", builtBefore(created, claims), "workspaces", {}),
  ];
}

function builtBefore(created: readonly Created[], claims: readonly Created[]): number {
  const lastMs = Math.max(...claims.map(({ answeredAtMs }) => answeredAtMs));
  return created.filter(({ how, answeredAtMs }) => how === "built" && answeredAtMs < lastMs).length;
}

function describe(created: readonly Created[]): string {
  const ms = created.map((each) => each.ms);
  const [p50, p99] = [percentile(ms, 0.5), percentile(ms, 0.99)].map((each) => Math.round(each));
  return `${created.length}, p50 ${p50} ms, p99 ${p99} ms`;
}

/** Resolves when every build of the owner's has ended. @returns how many of those that were no claims did how */
async function untilBuilt(client: Client, connectionString: string): Promise<{ succeeded: number; failed: number }> {
  const database = new pg.Client({ connectionString });
  await database.connect();
  try {
    const look = async () => {
      const { rows } = await database.query<{ succeeded: number; failed: number; left: number }>(
        `select count(*) filter (where j.job_status = 'succeeded')::int as succeeded,
           count(*) filter (where j.job_status not in ('succeeded', 'pending', 'running'))::int as failed,
           count(*) filter (where j.job_status in ('pending', 'running'))::int as left
         from workspace_builds b join provisioner_jobs j on j.id = b.job_id
         where b.stage = 'none'`,
      );
      return rows[0] ?? { succeeded: 0, failed: 0, left: 0 };
    };
    return await within(
      "the builds of a burst",
      untilOverEvents(client, look, ({ left }) => left === 0),
      longMs,
    );
  } finally {
    await database.end();
  }
}

import type { Bench, Plan } from "../bench.ts";
import { createMany, type Created } from "../claim-clients.ts";
import { commitRate } from "../database/commit-rate.ts";
import { pauseReconciliation, WarmPool } from "../pool.ts";
import type { Measurement } from "../row.ts";
import { SimulatedServer } from "../simulated-server.ts";
import { timeOf } from "../samples.ts";
import { bare } from "./manifests.ts";

const clients = 20;
const longMs = 600_000;
/** PostgreSQL plans a prepared statement five times on each connection before it keeps the plan, and the server has 16. */
const warmUps = 150;

/** Claims as fast as they come. */
export const sustained: Bench = {
  about:
    "claims a second of 20 clients on simulated agents, to durable commits a second of 20; and the refill after them",
  isLong: true,
  async measure(plan) {
    const { size, claims } = plan.isFull ? { size: 3_000, claims: 2_000 } : { size: 500, claims: 300 };
    return await measureSustained({ size, claims, warmUps, baselineSeconds: 2 }, plan);
  },
};

export interface SustainedClaims {
  /** Of the pool. */
  readonly size: number;
  readonly claims: number;
  /** Claims before them. */
  readonly warmUps: number;
  /** Before the claims and again after them. */
  readonly baselineSeconds: number;
}

/** All clients begin at once, and each claims again when it has its answer. Nothing is built meanwhile. */
export async function measureSustained(
  { size, claims, warmUps: first, baselineSeconds }: SustainedClaims,
  { serverEnv, note }: Pick<Plan, "serverEnv" | "note">,
): Promise<readonly Measurement[]> {
  await using server = await SimulatedServer.start(serverEnv);
  const { client, connectionString } = server;
  note(`fills a pool of ${size}`);
  const pool = await WarmPool.push(client, "warm", { manifest: bare, size });
  const presetId = await pool.isFull(longMs);
  await pauseReconciliation(client, true);
  const order = { url: client.url, token: client.token ?? "", templateId: pool.templateId, presetId, clients };
  const before = await commitRate(connectionString, clients, baselineSeconds);
  requireClaims(await createMany({ ...order, name: "warm-up", count: first }, longMs));
  const created = await createMany({ ...order, name: "claim", count: claims }, longMs);
  requireClaims(created);
  const after = await commitRate(connectionString, clients, baselineSeconds);
  note(`${Math.round(before)} and ${Math.round(after)} commits a second before and after`);

  await pauseReconciliation(client, false);
  const refillMs = await timeOf(() => pool.isFull(longMs));
  const lastAtMs = Math.max(...created.map(({ answeredAtMs }) => answeredAtMs));
  return [
    {
      name: `claims a second, ${clients} clients, ${claims} of a pool of ${size}, to durable commits`,
      unit: "/s",
      value: claims / (lastAtMs / 1000),
      baseline: (before + after) / 2,
      runs: claims,
      budget: { ratio: 1 / 20, isLeast: true },
    },
    {
      name: `refill of ${claims + first} after them, workspaces a second`,
      unit: "/s",
      value: (claims + first) / (refillMs / 1000),
      runs: claims + first,
      budget: {},
    },
  ];
}

/** @throws Error that tells of the first that is no claim with a connected agent */
function requireClaims(created: readonly Created[]): void {
  const other = created.find(({ how, isConnected }) => how !== "claimed" || !isConnected);
  if (other === undefined) return;
  throw new Error(`not a claim of a connected agent: ${JSON.stringify(other)}`);
}

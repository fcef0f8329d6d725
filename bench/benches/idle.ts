import { join } from "node:path";
import { systemClock } from "@hearth/base";
import type { Bench } from "../bench.ts";
import { StatementLog } from "../database/statement-log.ts";
import { pauseReconciliation, WarmPool } from "../pool.ts";
import { SimulatedServer } from "../simulated-server.ts";
import { bare } from "./manifests.ts";

const agents = 100;
const longMs = 600_000;

/** What agents that do nothing ask of the database. */
export const idle: Bench = {
  about: "statements of an idle agent and minute, of 100",
  isLong: true,
  async measure({ isFull, serverEnv, note }) {
    const minutes = isFull ? 5 : 1;
    await using server = await SimulatedServer.start(serverEnv);
    const { client, connectionString } = server;
    const pool = await WarmPool.push(client, "warm", { manifest: bare, size: agents });
    await pool.isFull(longMs);
    // The pool would look at those that are away.
    await pauseReconciliation(client, true);
    await using log = await StatementLog.open(connectionString, join(server.dataDir, "postgres.log"));
    const count = async (): Promise<number> => {
      await systemClock.sleep(10_000); // what agents say when they come, or leave, is told
      const sent = await log.during(() => systemClock.sleep(minutes * 60_000));
      for (const [text, times] of often(sent.map((each) => each.text))) note(`${times} × ${text}`);
      return sent.length / minutes;
    };
    note(`${minutes} min with ${agents} idle agents`);
    const connected = await count();
    await server.fleet.goAway();
    note(`${minutes} min with none`);
    const none = await count();
    return [
      {
        name: `statements of an idle agent and minute, of ${agents} in ${minutes} min`,
        unit: "statements",
        value: (connected - none) / agents,
        runs: agents,
        budget: { value: 0.1 },
      },
    ];
  },
};

/** The most frequent texts. */
function often(texts: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    const short = text.replaceAll(/\s+/g, " ").slice(0, 80);
    counts.set(short, (counts.get(short) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a).slice(0, 5);
}

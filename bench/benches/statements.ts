import { join } from "node:path";
import { endpoints } from "@hearth/sdk";
import { fullRuns, type Bench } from "../bench.ts";
import { StatementLog } from "../database/statement-log.ts";
import { MeasuredServer } from "../measured-server.ts";
import { claimedAgent, WarmPool } from "../pool.ts";
import { median } from "../row.ts";
import { remove } from "../workspaces.ts";
import { bare } from "./manifests.ts";

/** What a claim asks the database until it is answered: its log-in, and begins and commits, among it. */
export const statements: Bench = {
  about: "statements of a claim, from its first byte to the answer",
  async measure({ runs, serverEnv }) {
    await using measured = await MeasuredServer.start(serverEnv);
    const { client } = measured;
    const pool = await WarmPool.push(client, "warm", { manifest: bare, size: 2 });
    await using log = await StatementLog.open(measured.connectionString, join(measured.server.dataDir, "postgres.log"));
    const counts: number[] = [];
    const wanted = Math.min(runs(fullRuns.median), 50); // it is a count: more of them say no more
    for (let run = 0; run < wanted + 3; run++) {
      const body = pool.request(await pool.isFull());
      let workspaceId = "";
      const sent = await log.during(async () => {
        const workspace = await client.call(endpoints.workspaces.createWorkspace, { params: { user: "me" }, body });
        claimedAgent(workspace);
        workspaceId = workspace.id;
      });
      if (run >= 3) counts.push(sent.length); // the first ones read what is kept from then on
      await remove(client, workspaceId);
    }
    return [
      {
        name: "statements of a claim",
        unit: "statements",
        value: median(counts),
        runs: counts.length,
        budget: { value: 3 },
      },
    ];
  },
};

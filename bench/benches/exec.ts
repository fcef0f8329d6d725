import { spawn } from "node:child_process";
import { once } from "node:events";
import { endpoints, openCommands, type Client } from "@hearth/sdk";
import { fullRuns, type Bench } from "../bench.ts";
import { firstOutputByExec, firstOutputBySsh } from "../first-output.ts";
import { Floor } from "../floor.ts";
import { MeasuredServer } from "../measured-server.ts";
import { claimedAgent, WarmPool } from "../pool.ts";
import type { Measurement } from "../row.ts";
import { sampleInTurn, timeOf, toFloor } from "../samples.ts";
import { remove } from "../workspaces.ts";
import { bare } from "./manifests.ts";

const size = 4;

/** From the request for a workspace to the first byte of a command's output; and a command in one that is in use. */
export const exec: Bench = {
  about: "claim → first output, by exec and by SSH; exec of `true` in a workspace that is in use",
  async measure({ runs, serverEnv }) {
    await using measured = await MeasuredServer.start(serverEnv);
    const { client } = measured;
    const pool = await WarmPool.push(client, "warm", { manifest: bare, size });
    await using floor = await Floor.open(measured.connectionString);

    async function claimTo(firstOutput: (client: Client, agentId: string) => Promise<void>): Promise<number> {
      const body = pool.request(await pool.isFull());
      const startedAt = performance.now();
      const workspace = await client.call(endpoints.workspaces.createWorkspace, { params: { user: "me" }, body });
      await firstOutput(client, claimedAgent(workspace));
      const ms = performance.now() - startedAt;
      await remove(client, workspace.id);
      return ms;
    }

    const byExec = await sampleInTurn(
      { floor: () => floor.firstOutput(), exec: () => claimTo(firstOutputByExec) },
      { runs: runs(fullRuns.freshAgents), warmUps: 10 },
    );
    const bySsh = await sampleInTurn(
      { floor: () => floor.firstOutput(), ssh: () => claimTo(firstOutputBySsh) },
      { runs: runs(fullRuns.median), warmUps: 3 },
    );
    const body = pool.request(await pool.isFull());
    const workspace = await client.call(endpoints.workspaces.createWorkspace, { params: { user: "me" }, body });
    await pool.isFull();
    const ofExec = { samples: byExec.exec, floor: byExec.floor };
    return [
      toFloor("claim → first output by exec, p50, to the floor", {
        ...ofExec,
        share: 0.5,
        budget: { ratio: 2, value: 30 },
      }),
      toFloor("claim → first output by exec, p99, to the floor", {
        ...ofExec,
        share: 0.99,
        budget: { ratio: 5, value: 80 },
      }),
      toFloor("claim → first output by SSH, p50, to the floor", {
        samples: bySsh.ssh,
        floor: bySsh.floor,
        share: 0.5,
        budget: { ratio: 4 },
      }),
      await execOfTrue(client, claimedAgent(workspace), runs(fullRuns.many)),
    ];
  },
};

/** On a connection that is open, against the same program started here. */
async function execOfTrue(client: Client, agentId: string, runs: number): Promise<Measurement> {
  using connection = await openCommands(client, agentId, { wait: "ready" });
  const taken = await sampleInTurn(
    {
      spawn: () =>
        timeOf(async () => {
          const program = spawn("true", [], { stdio: ["ignore", "pipe", "pipe"] });
          await once(program, "close");
        }),
      exec: () =>
        timeOf(async () => {
          const { exit_code: exitCode } = await connection.start({ argv: ["true"] }).exit;
          if (exitCode !== 0) throw new Error(`true ended with ${exitCode}`);
        }),
    },
    { runs, warmUps: 20 },
  );
  return toFloor("exec of `true` in a workspace in use, p50, to a bare spawn", {
    samples: taken.exec,
    floor: taken.spawn,
    share: 0.5,
    budget: { ratio: 2 },
  });
}

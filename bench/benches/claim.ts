import { endpoints, type CreateWorkspaceRequest } from "@hearth/sdk";
import { fullRuns, type Bench } from "../bench.ts";
import { Floor } from "../floor.ts";
import { MeasuredServer } from "../measured-server.ts";
import { claimedAgent, WarmPool } from "../pool.ts";
import { sampleInTurn, toFloor } from "../samples.ts";
import { remove } from "../workspaces.ts";
import { bare, dressed, dressedValues, withClaimScript } from "./manifests.ts";

const size = 2;

/** From the request to the answer that names a connected agent. */
export const claim: Bench = {
  about: "claim → answer that names a connected agent: bare, with a claim script, with all that is the owner's",
  async measure({ runs, serverEnv }) {
    await using measured = await MeasuredServer.start(serverEnv);
    const { client } = measured;
    const body = { name: "token", value: "s3cret", env_name: "TOKEN" };
    const pools = await Promise.all([
      WarmPool.push(client, "bare", { manifest: bare, size }),
      WarmPool.push(client, "script", { manifest: withClaimScript, size }),
      WarmPool.push(client, "dressed", { manifest: dressed, size }),
    ]);
    const [barePool, scriptPool, dressedPool] = pools;
    await using floor = await Floor.open(measured.connectionString);

    /** Nothing is built while one is measured. */
    async function claimOf(pool: WarmPool, more: Partial<CreateWorkspaceRequest> = {}): Promise<number> {
      for (const other of pools) await other.isFull();
      const request = pool.request(await pool.isFull(), more);
      const startedAt = performance.now();
      const workspace = await client.call(endpoints.workspaces.createWorkspace, {
        params: { user: "me" },
        body: request,
      });
      const ms = performance.now() - startedAt;
      claimedAgent(workspace);
      await remove(client, workspace.id);
      return ms;
    }

    /** The secret is the owner's, and every claim of theirs would carry it. */
    async function dressedClaim(): Promise<number> {
      await client.call(endpoints.secrets.createUserSecret, { params: { user: "me" }, body });
      try {
        return await claimOf(dressedPool, { rich_parameter_values: dressedValues });
      } finally {
        await client.call(endpoints.secrets.deleteUserSecret, { params: { user: "me", name: body.name } });
      }
    }

    const taken = await sampleInTurn(
      {
        floor: () => floor.answer(),
        bare: () => claimOf(barePool),
        scriptFloor: () => floor.answer(),
        script: () => claimOf(scriptPool),
        dressed: dressedClaim,
      },
      { runs: runs(fullRuns.freshAgents), warmUps: 10 },
    );
    const plain = { samples: taken.bare, floor: taken.floor };
    const scripted = { samples: taken.script, floor: taken.scriptFloor };
    return [
      toFloor("claim → answer, p50, to request + transaction", { ...plain, share: 0.5, budget: { ratio: 1.2 } }),
      toFloor("claim → answer, p99, to request + transaction", { ...plain, share: 0.99, budget: { ratio: 3 } }),
      toFloor("claim with a claim script → answer, p50", { ...scripted, share: 0.5, budget: { ratio: 1.2 } }),
      toFloor("claim with a claim script → answer, p99", { ...scripted, share: 0.99, budget: { ratio: 3 } }),
      toFloor("claim with identity, 20 env, secret, parameters, p50, to the bare claim", {
        samples: taken.dressed,
        floor: taken.bare,
        share: 0.5,
        budget: { ratio: 1.3 },
      }),
    ];
  },
};

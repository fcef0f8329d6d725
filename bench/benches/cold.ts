import { endpoints } from "@hearth/sdk";
import { pushTemplate } from "@hearth/testkit";
import { BareAgent } from "../bare-agent.ts";
import { fullRuns, type Bench } from "../bench.ts";
import { firstOutputByExec } from "../first-output.ts";
import { MeasuredServer } from "../measured-server.ts";
import { sampleInTurn, toFloor } from "../samples.ts";
import { agentOfBuild, remove } from "../workspaces.ts";
import { bare } from "./manifests.ts";

/** A workspace that nobody has prepared. */
export const cold: Bench = {
  about: "create without a pool → first output by exec, to the agent's own start",
  async measure({ runs, serverEnv }) {
    await using measured = await MeasuredServer.start(serverEnv);
    const { client } = measured;
    const template = await pushTemplate(client, "cold", bare);
    await using agent = await BareAgent.open();
    const taken = await sampleInTurn(
      {
        agent: () => agent.start(),
        async cold(run) {
          const startedAt = performance.now();
          const workspace = await client.call(endpoints.workspaces.createWorkspace, {
            params: { user: "me" },
            body: { template_id: template.id, name: `cold-${run}` },
          });
          await firstOutputByExec(client, (await agentOfBuild(client, workspace)).id);
          const ms = performance.now() - startedAt;
          await remove(client, workspace.id);
          return ms;
        },
      },
      { runs: runs(fullRuns.median), warmUps: 10 },
    );
    return [
      toFloor("cold create → first output by exec, p50, to the bare agent", {
        samples: taken.cold,
        floor: taken.agent,
        share: 0.5,
        budget: { ratio: 1.5 },
      }),
    ];
  },
};

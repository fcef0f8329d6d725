import { readEvents } from "@hearth/base";
import { endpoints, Workspace } from "@hearth/sdk";
import { fullRuns, type Bench } from "../bench.ts";
import { Floor } from "../floor.ts";
import { MeasuredServer } from "../measured-server.ts";
import { WarmPool } from "../pool.ts";
import { sampleInTurn, toFloor } from "../samples.ts";
import { remove } from "../workspaces.ts";
import { bare } from "./manifests.ts";

/** One request that claims, runs and tells. */
export const run: Bench = {
  about: "`POST /api/v2/run` on a warm pool → first output",
  async measure({ runs, serverEnv }) {
    await using measured = await MeasuredServer.start(serverEnv);
    const { client } = measured;
    const pool = await WarmPool.push(client, "warm", { manifest: bare, size: 4 });
    await using floor = await Floor.open(measured.connectionString);

    async function runToFirstOutput(): Promise<number> {
      const preset = await pool.isFull();
      const startedAt = performance.now();
      const response = await client.request(endpoints.commands.run, {
        body: {
          workspace: { template: "warm", template_version_preset_id: preset },
          command: { shell: "echo hi" },
        },
      });
      let ms: number | undefined;
      let workspace: Workspace | undefined;
      const text = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream());
      for await (const { type, data } of readEvents(text)) {
        if (type === "stdout") ms ??= performance.now() - startedAt;
        else if (type === "workspace") workspace = Workspace.parse(JSON.parse(data));
      }
      if (workspace === undefined || ms === undefined) throw new Error("the run told of no workspace, or of no output");
      if (workspace.origin?.how !== "claimed") throw new Error(`the run did not claim: ${workspace.origin?.how}`);
      await remove(client, workspace.id);
      return ms;
    }

    const taken = await sampleInTurn(
      { floor: () => floor.firstOutput(), run: runToFirstOutput },
      { runs: runs(fullRuns.median), warmUps: 10 },
    );
    return [
      toFloor("POST /run → first output, p50, to the floor", {
        samples: taken.run,
        floor: taken.floor,
        share: 0.5,
        budget: { ratio: 2 },
      }),
    ];
  },
};

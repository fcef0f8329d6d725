import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { endpoints } from "@hearth/sdk";
import { pushTemplate } from "@hearth/testkit";
import { fullRuns, type Bench } from "../bench.ts";
import { firstOutputByExec } from "../first-output.ts";
import { MeasuredServer } from "../measured-server.ts";
import { sampleInTurn, timeOf, toFloor } from "../samples.ts";
import { agentOfBuild } from "../workspaces.ts";
import { bare } from "./manifests.ts";

const hearth = join(import.meta.dirname, "../../packages/cli/dist/hearth.cjs");

/** The machine's own Node, which a user's `hearth` runs in; beside ours where it is another. */
const nodes = [process.execPath, ...["/usr/bin/node"].filter((file) => existsSync(file) && file !== process.execPath)];

/** The command line as it is installed, in each Node that there is. */
export const cli: Bench = {
  about: "short commands from start to end, to an empty start of the same Node",
  async measure({ runs, serverEnv }) {
    await using measured = await MeasuredServer.start(serverEnv);
    const { client } = measured;
    const template = await pushTemplate(client, "cli", bare);
    const workspace = await client.call(endpoints.workspaces.createWorkspace, {
      params: { user: "me" },
      body: { template_id: template.id, name: "dev" },
    });
    await firstOutputByExec(client, (await agentOfBuild(client, workspace)).id);
    const env = { ...process.env, HEARTH_URL: client.url, HEARTH_SESSION_TOKEN: client.token };
    const rows = [];
    for (const node of nodes) {
      const start = promisify(execFile);
      const { stdout: version } = await start(node, ["--version"]);
      const timed = (...words: string[]) => {
        return () => timeOf(() => start(node, words, { env }));
      };
      const taken = await sampleInTurn(
        {
          empty: timed("-e", "0"),
          version: timed(hearth, "--version"),
          list: timed(hearth, "list"),
          exec: timed(hearth, "exec", "dev", "--", "true"),
        },
        { runs: runs(fullRuns.median), warmUps: 3 },
      );
      const to = (name: string, samples: readonly number[], ratio: number) =>
        toFloor(`hearth ${name}, p50, to an empty Node ${version.trim()}`, {
          samples,
          floor: taken.empty,
          share: 0.5,
          budget: { ratio },
        });
      rows.push(to("--version", taken.version, 3), to("list", taken.list, 3), to("exec dev -- true", taken.exec, 4));
    }
    return rows;
  },
};

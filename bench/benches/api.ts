import { join } from "node:path";
import { endpoints, type Client } from "@hearth/sdk";
import { pushTemplate } from "@hearth/testkit";
import pg from "pg";
import { fullRuns, type Bench } from "../bench.ts";
import { copyWorkspace } from "../database/copy-workspace.ts";
import type { LoggedStatement } from "../database/read-log.ts";
import { StatementLog } from "../database/statement-log.ts";
import { Floor } from "../floor.ts";
import { MeasuredServer } from "../measured-server.ts";
import { sampleInTurn, timeOf, toFloor } from "../samples.ts";
import { agentOfBuild } from "../workspaces.ts";
import { bare } from "./manifests.ts";

const page = 25;
const copies = 50_000;

/** Reading, over one connection. */
export const api: Bench = {
  about: "who am I, to bare HTTP with one statement; a page of 25 of 50,000 workspaces, to its own SQL",
  async measure({ runs, serverEnv, note }) {
    await using measured = await MeasuredServer.start(serverEnv);
    const { client, connectionString } = measured;
    await using floor = await Floor.open(connectionString);
    const whoAmI = await sampleInTurn(
      {
        floor: () =>
          timeOf(async () => {
            await floor.request();
            await floor.query("select value from bench_floor where id = $1", [1]);
          }),
        me: () => timeOf(() => read(client, client.urlOf(endpoints.users.getUser, { params: { user: "me" } }))),
      },
      { runs: runs(fullRuns.many), warmUps: 50 },
    );

    const template = await pushTemplate(client, "one", bare);
    const workspace = await client.call(endpoints.workspaces.createWorkspace, {
      params: { user: "me" },
      body: { template_id: template.id, name: "original" },
    });
    await agentOfBuild(client, workspace);
    note(`fills the database with ${copies} workspaces`);
    await copyWorkspace(connectionString, workspace.id, copies);
    const list = client.urlOf(endpoints.workspaces.listWorkspaces, { query: { limit: page, offset: 0 } });
    const sql = await statementsOf(measured, async () => {
      const { workspaces, count } = JSON.parse(await read(client, list)) as { workspaces: unknown[]; count: number };
      if (workspaces.length !== page || count !== copies + 1)
        throw new Error(`a page of ${workspaces.length} of ${count}`);
    });
    note(`a page is ${sql.length} statements`);
    const database = new pg.Client({ connectionString });
    await database.connect();
    try {
      const pages = await sampleInTurn(
        {
          sql: () =>
            timeOf(async () => {
              for (const { text, values } of sql) await database.query(text, [...values]);
            }),
          page: () => timeOf(() => read(client, list)),
        },
        { runs: runs(fullRuns.median), warmUps: 10 },
      );
      return [
        toFloor("GET /users/me, p50, to bare HTTP with one statement", {
          samples: whoAmI.me,
          floor: whoAmI.floor,
          share: 0.5,
          budget: { ratio: 1.6 },
        }),
        toFloor("page of 25 of 50,000 workspaces, p50, to its SQL", {
          samples: pages.page,
          floor: pages.sql,
          share: 0.5,
          budget: { ratio: 3 },
        }),
      ];
    } finally {
      await database.end();
    }
  },
};

/** Reads an answer whole, and does nothing with it. @throws Error when it is none */
async function read(client: Client, url: string): Promise<string> {
  const answer = await fetch(url, { headers: { "Coder-Session-Token": client.token ?? "" } });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  return await answer.text();
}

/** The statements of one request, with their values; of what else the server asks meanwhile, those that read nothing of it. */
async function statementsOf(measured: MeasuredServer, request: () => Promise<void>): Promise<LoggedStatement[]> {
  const file = join(measured.server.dataDir, "postgres.log");
  await using log = await StatementLog.open(measured.connectionString, file);
  const sent = await log.during(request);
  return sent.filter(({ text }) => /^\s*(select|with)\b/i.test(text));
}

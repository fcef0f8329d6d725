import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "@hearth/testkit";
import { Database } from "../../ground/database/index.ts";

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = new Database({ connectionString: testDatabase.connectionString, maxConnections: 1 }, () => undefined);
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await testDatabase[Symbol.asyncDispose]();
});

interface BuildFacts {
  readonly buildNumber: number;
  readonly transition: "start" | "stop" | "delete";
  readonly stage: "none" | "create" | "claim";
  readonly jobStatus: "pending" | "running" | "canceling" | "succeeded" | "failed" | "canceled";
}

interface AgentFacts {
  /** The build that the agent belongs to, and the workspace's latest. */
  readonly own: BuildFacts;
  readonly latest: BuildFacts;
  readonly isAgentDeleted: boolean;
  readonly isWorkspaceDeleted: boolean;
}

const start: BuildFacts = { buildNumber: 3, transition: "start", stage: "none", jobStatus: "succeeded" };
const next = (facts: Partial<BuildFacts>): BuildFacts => ({ ...start, buildNumber: 4, ...facts });
const agent = (facts: Partial<AgentFacts>): AgentFacts => ({
  own: start,
  latest: start,
  isAgentDeleted: false,
  isWorkspaceDeleted: false,
  ...facts,
});

/** What the database's rule says, of rows that have nothing but what decides. */
async function isAccepted({ own, latest, isAgentDeleted, isWorkspaceDeleted }: AgentFacts): Promise<boolean | null> {
  const build = ({ buildNumber, transition, stage }: BuildFacts) =>
    sql`jsonb_populate_record(null::workspace_builds, ${JSON.stringify({ build_number: buildNumber, transition, stage })}::jsonb)`;
  const job = ({ jobStatus }: BuildFacts) =>
    sql`jsonb_populate_record(null::provisioner_jobs, ${JSON.stringify({ job_status: jobStatus })}::jsonb)`;
  const { rows } = await sql<{ accepted: boolean | null }>`
    select agent_is_accepted(
      jsonb_populate_record(null::workspace_agents, ${JSON.stringify({ deleted: isAgentDeleted })}::jsonb),
      jsonb_populate_record(null::workspaces, ${JSON.stringify({ deleted: isWorkspaceDeleted })}::jsonb),
      ${build(own)}, ${job(own)}, ${build(latest)}, ${job(latest)}) as accepted`.execute(database.db);
  return rows[0]?.accepted ?? null;
}

test.for<[rule: string, facts: AgentFacts, accepted: boolean]>([
  ["an agent of the latest build is let in [agents 2]", agent({}), true],
  ["an agent of an older build is not [agents 3]", agent({ latest: next({}) }), false],
  ["a pending start that follows ends the old agent", agent({ latest: next({ jobStatus: "pending" }) }), false],
  ["a pending stop keeps it [agents 4]", agent({ latest: next({ transition: "stop", jobStatus: "pending" }) }), true],
  ["a running stop keeps it [agents 4]", agent({ latest: next({ transition: "stop", jobStatus: "running" }) }), true],
  ["a stop being canceled still runs", agent({ latest: next({ transition: "stop", jobStatus: "canceling" }) }), true],
  ["a finished stop ends it [agents 4]", agent({ latest: next({ transition: "stop" }) }), false],
  ["a failed stop ends it", agent({ latest: next({ transition: "stop", jobStatus: "failed" }) }), false],
  [
    "a running stop after a failed start lets nobody in [agents 5]",
    agent({ own: { ...start, jobStatus: "failed" }, latest: next({ transition: "stop", jobStatus: "running" }) }),
    false,
  ],
  [
    "a running stop two builds later is too late",
    agent({ latest: next({ buildNumber: 5, transition: "stop", jobStatus: "running" }) }),
    false,
  ],
  ["a running delete ends it", agent({ latest: next({ transition: "delete", jobStatus: "running" }) }), false],
  ["a pending claim keeps it", agent({ latest: next({ stage: "claim", jobStatus: "pending" }) }), true],
  ["a running claim keeps it", agent({ latest: next({ stage: "claim", jobStatus: "running" }) }), true],
  ["a failed claim keeps it", agent({ latest: next({ stage: "claim", jobStatus: "failed" }) }), true],
  ["a canceled claim keeps it", agent({ latest: next({ stage: "claim", jobStatus: "canceled" }) }), true],
  ["a finished claim has an agent of its own", agent({ latest: next({ stage: "claim" }) }), false],
  [
    "the build after a failed claim ends it",
    agent({ latest: next({ buildNumber: 5, transition: "stop", jobStatus: "pending" }) }),
    false,
  ],
  ["a deleted workspace has no agents [agents 6]", agent({ isWorkspaceDeleted: true }), false],
  ["a deleted agent is none [agents 6]", agent({ isAgentDeleted: true }), false],
])("%s", async ([, facts, accepted]) => {
  expect(await isAccepted(facts)).toBe(accepted);
});

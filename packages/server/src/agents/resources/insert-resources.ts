import { sql } from "kysely";
import type { BuildTransition, ResourceDeclaration } from "@hearth/provisioner";
import type { Granted, Thing } from "../../access/index.ts";
import { defineStatement, sampleId, sampleMs, type Fragment, type Tx } from "../../ground/database/index.ts";
import { agentTokenHasher } from "../access/token.ts";
import { movedColumns, movedFrom, movedShape, resourceParts, type MovedAgent } from "./resource-parts.ts";
import { toRows } from "./resource-rows.ts";

export interface NewResources {
  readonly jobId: string;
  /** Both for builds; neither for imports. */
  readonly workspaceId?: string | undefined;
  readonly buildId?: string | undefined;
  readonly transition: BuildTransition;
  readonly resources: readonly ResourceDeclaration[];
  readonly nowMs: number;
  /**
   * The build that a claim took over. Its agents are replaced by those of the same name: token hash, live session,
   * connection times and what the agent reported move to the new rows.
   */
  readonly claimOfBuildId?: string | undefined;
}

const insert = defineStatement({
  name: "agents.insert_resources",
  columns: movedShape,
  samples: [
    { given: { jobId: sampleId, transition: "start", nowMs: sampleMs }, input: "{}" },
    {
      given: {
        jobId: sampleId,
        workspaceId: sampleId,
        buildId: sampleId,
        transition: "start",
        nowMs: sampleMs,
        claimOfBuildId: sampleId,
      },
      input: "{}",
    },
  ],
  build({ given, input }: { given: Omit<NewResources, "resources">; input: string }) {
    const isClaim = given.claimOfBuildId !== undefined;
    return sql`
    with input as (
      select ${input}::jsonb as rows, ${given.workspaceId ?? null}::uuid as workspace_id,
        ${given.claimOfBuildId ?? null}::uuid as claim_of, null::uuid as claim_of_job
    ),
    ${resourceParts(given)}
    select ${movedColumns} from agents join ${movedFrom} where ${sql.lit(isClaim)}`;
  },
});

/**
 * Stores what a build or an import made, in one statement. Resolves with the agents that a claim moved, which belong
 * into the announcement of the claim (`prebuild_claimed`), so that whoever holds a session needs no look-up.
 *
 * @see spec/prebuilds.md §15.6, spec/agents.md A-1, A-3
 */
export async function insertResources(
  tx: Tx,
  /** On the workspace of the build, or the template of the import. */
  _granted: Granted<"workspace:update" | "template:update">,
  given: NewResources,
): Promise<MovedAgent[]> {
  if (given.resources.length === 0) return [];
  const input = toRows(given.resources, await hasherFor(tx, given));
  return await insert.all(tx, { given, input: JSON.stringify(input) });
}

async function hasherFor(tx: Tx, { resources }: NewResources): Promise<((token: string) => Buffer) | undefined> {
  const hasTokens = resources.some((resource) => resource.agents.some((agent) => agent.token !== undefined));
  return hasTokens ? await agentTokenHasher(tx) : undefined;
}

const softDelete = defineStatement({
  name: "agents.soft_delete",
  columns: {},
  samples: [
    { workspaceId: sampleId, exceptBuildId: sampleId, nowMs: undefined },
    { workspaceId: sampleId, exceptBuildId: sampleId, nowMs: sampleMs },
  ],
  build: ({
    workspaceId,
    exceptBuildId,
    nowMs,
  }: {
    workspaceId: string;
    exceptBuildId: string;
    nowMs: number | undefined;
  }) => sql`
    update workspace_agents set deleted = true, updated_at = ${nowMs === undefined ? sql`now()` : new Date(nowMs)}
    where workspace_id = ${workspaceId} and build_id <> ${exceptBuildId} and not deleted`,
});

/** A part of a claim's `with`, behind `resourceParts`: ends the workspace's agents that nothing has replaced. */
export function endOtherAgents(workspaceId: Fragment, nowMs: number): Fragment {
  return sql`
    update workspace_agents other set deleted = true, updated_at = ${new Date(nowMs)}
    where other.workspace_id = ${workspaceId} and not other.deleted and other.id not in (select id from old)`;
}

/** Ends the agents of every build but one; a session of theirs is closed by the replica that holds it. */
export async function softDeleteAgents(
  tx: Tx,
  {
    object,
  }: Granted<
    "workspace:create" | "workspace:start" | "workspace:stop" | "workspace:update" | "workspace:delete",
    Thing
  >,
  { exceptBuildId, nowMs }: { exceptBuildId: string; nowMs?: number },
): Promise<void> {
  await softDelete.run(tx, { workspaceId: object.id, exceptBuildId, nowMs });
}

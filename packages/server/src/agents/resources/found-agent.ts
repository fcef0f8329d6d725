import { sql } from "kysely";
import { computed, defineStatement, sampleId, stored, type Db, type RowOf } from "../../ground/database/index.ts";
import { agentColumns, agentShape } from "./agent-row.ts";

const find = defineStatement({
  name: "agents.find",
  columns: {
    ...agentShape,
    deleted: stored("workspace_agents.deleted"),
    session_replica_id: stored("workspace_agents.session_replica_id"),
    session_generation: stored("workspace_agents.session_generation"),
    workspace_id: stored("workspaces.id"),
    owner_id: stored("workspaces.owner_id"),
    organization_id: stored("workspaces.organization_id"),
    user_acl: stored("workspaces.user_acl"),
    group_acl: stored("workspaces.group_acl"),
    /** Of the build that it belongs to. */
    stage: stored("workspace_builds.stage"),
    /** The workspace is being claimed, and this agent with it: soon another will stand in its place. */
    is_being_claimed: computed.boolean,
  },
  samples: [{ agentId: sampleId }],
  build: ({ agentId }: { agentId: string }) => sql`
    select ${agentColumns}, a.deleted, a.session_replica_id, a.session_generation, w.id as workspace_id, w.owner_id,
      w.organization_id, w.user_acl, w.group_acl, b.stage,
      exists (
        select from workspace_builds claim join provisioner_jobs j on j.id = claim.job_id
        where claim.workspace_id = w.id and claim.build_number = b.build_number + 1 and claim.stage = 'claim'
          and j.completed_at is null
      ) as is_being_claimed
    from workspace_agents a
    join workspaces w on w.id = a.workspace_id
    join workspace_builds b on b.id = a.build_id
    left join replicas p on p.id = a.session_replica_id
    where a.id = ${agentId} and not w.deleted and not (a.deleted and a.parent_id is not null)`,
});

/** An agent with what decides who may do what to it. */
export type FoundAgent = RowOf<typeof find>;

/** The agent, also of a build that was followed by others; not a sub-agent that was deleted. */
export async function findAgent(db: Db, agentId: string): Promise<FoundAgent | undefined> {
  return await find.first(db, { agentId });
}

const findNext = defineStatement({
  name: "agents.find_successor",
  columns: { id: stored("workspace_agents.id") },
  samples: [{ agentId: sampleId }],
  build: ({ agentId }: { agentId: string }) => sql`
    select next.id from workspace_agents a
    join workspace_agents next on next.workspace_id = a.workspace_id and next.auth_token_hash = a.auth_token_hash
      and not next.deleted
    where a.id = ${agentId} and a.deleted`,
});

/** The agent that took over from one that a claim replaced; undefined when there is none. */
export async function findSuccessor(db: Db, agentId: string): Promise<string | undefined> {
  return (await findNext.first(db, { agentId }))?.id;
}

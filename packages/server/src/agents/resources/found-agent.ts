import { sql, type Selectable } from "kysely";
import type { Db, Tables } from "../../ground/database/index.ts";
import type { BuildFacts } from "../access/acceptance.ts";
import { agentColumns, type AgentRow } from "./agent-row.ts";

type WorkspaceRow = Selectable<Tables["workspaces"]>;

/** An agent with what decides who may do what to it. */
export interface FoundAgent extends AgentRow {
  readonly workspace_id: string;
  /** Of its workspace, as what follows. */
  readonly owner_id: string;
  readonly organization_id: string;
  readonly user_acl: WorkspaceRow["user_acl"];
  readonly group_acl: WorkspaceRow["group_acl"];
  /** Of the build that it belongs to. */
  readonly stage: BuildFacts["stage"];
  readonly deleted: boolean;
  readonly session_replica_id: string | null;
  readonly session_generation: number;
  /** The workspace is being claimed, and this agent with it: soon another will stand in its place. */
  readonly is_being_claimed: boolean;
}

/** The agent, also of a build that was followed by others; not a sub-agent that was deleted. */
export async function findAgent(db: Db, agentId: string): Promise<FoundAgent | undefined> {
  const { rows } = await sql<FoundAgent>`
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
    where a.id = ${agentId} and not w.deleted and not (a.deleted and a.parent_id is not null)`.execute(db);
  return rows[0];
}

/** The agent that took over from one that a claim replaced; undefined when there is none. */
export async function findSuccessor(db: Db, agentId: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select next.id from workspace_agents a
    join workspace_agents next on next.workspace_id = a.workspace_id and next.auth_token_hash = a.auth_token_hash
      and not next.deleted
    where a.id = ${agentId} and a.deleted`.execute(db);
  return rows[0]?.id;
}

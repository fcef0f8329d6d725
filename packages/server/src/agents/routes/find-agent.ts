import { sql, type Selectable } from "kysely";
import { ApiError } from "@hearth/sdk";
import type { Db, Tables } from "../../ground/database/index.ts";
import { parseUuid } from "../../ground/http/index.ts";
import { grantIf, objectOf, type Action, type Context, type Granted, type Thing } from "../../access/index.ts";
import type { BuildFacts } from "../access/acceptance.ts";
import { agentColumns, type AgentRow } from "../resources/agent-row.ts";

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

/** One text for "not there" and "not yours to see". */
function agentNotFound(): ApiError {
  return new ApiError("not_found", "Agent doesn't exist with that id, or you do not have access to it.");
}

/**
 * The agent of a path, if the caller may do this to its workspace. Agents of imports belong to nobody and are not found.
 *
 * @throws ApiError `malformed_id`; `not_found`, also where the caller sees the workspace and may not do this
 */
export async function getAgent<A extends Action>(
  ctx: Context,
  db: Db,
  id: string,
  action: A,
): Promise<FoundAgent & { readonly granted: Granted<A, Thing> }> {
  const agent = await findAgent(db, parseUuid(id));
  if (agent === undefined) throw agentNotFound();
  const granted = grantIf(ctx, action, objectOf({ ...agent, id: agent.workspace_id }));
  if (granted === undefined) throw agentNotFound();
  return { ...agent, granted };
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

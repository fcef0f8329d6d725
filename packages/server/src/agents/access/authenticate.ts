import { sql } from "kysely";
import { ApiError } from "@hearth/sdk";
import type { Db } from "../../ground/database/index.ts";
import type { AgentActor } from "../../access/index.ts";
import { isAgentAccepted, type BuildFacts } from "./acceptance.ts";
import { hashAgentToken } from "./token.ts";

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** An agent may ask before its build's job has ended: it is told to try again, and that it may never be let in. */
const notAuthorizedDetail =
  "The agent cannot authenticate until the workspace provision job has been completed. If the job is no longer running, this agent is invalid.";

/**
 * The agent behind a token, by one query, with what its rights depend on. A token that a claim has copied belongs to the
 * agent of the latest build.
 *
 * @throws ApiError `agent_not_authorized` @see spec/agents.md §2.1
 */
export async function authenticateAgent(db: Db, token: string | undefined): Promise<AgentActor> {
  if (token === undefined || token === "") {
    throw new ApiError("agent_not_authorized", 'Cookie "coder_session_token" must be provided.');
  }
  if (!uuidPattern.test(token)) {
    throw new ApiError("agent_not_authorized", "Workspace agent token invalid.", {
      detail: `An agent token must be a valid UUIDv4. (len ${token.length})`,
    });
  }
  const row = await findByTokenHash(db, await hashAgentToken(db, token));
  const isAccepted =
    row !== undefined &&
    isAgentAccepted({
      own: { buildNumber: row.own_number, transition: row.own_transition, jobStatus: row.own_job_status },
      latest: {
        buildNumber: row.latest_number,
        transition: row.latest_transition,
        stage: row.latest_stage,
        jobStatus: row.latest_job_status,
      },
      isAgentDeleted: false,
      isWorkspaceDeleted: row.workspace_deleted,
    });
  if (!isAccepted) {
    throw new ApiError("agent_not_authorized", "Workspace agent not authorized.", { detail: notAuthorizedDetail });
  }
  return {
    kind: "agent",
    agentId: row.agent_id,
    workspaceId: row.workspace_id,
    buildId: row.build_id,
    ownerId: row.owner_id,
    organizationId: row.organization_id,
    templateId: row.template_id,
    apiKeyScope: row.api_key_scope,
  };
}

interface TokenRow {
  agent_id: string;
  build_id: string;
  api_key_scope: string;
  workspace_id: string;
  owner_id: string;
  organization_id: string;
  template_id: string;
  workspace_deleted: boolean;
  own_number: number;
  own_transition: BuildFacts["transition"];
  own_job_status: BuildFacts["jobStatus"];
  latest_number: number;
  latest_transition: BuildFacts["transition"];
  latest_stage: BuildFacts["stage"];
  latest_job_status: BuildFacts["jobStatus"];
}

/** Indexes: workspace_agents_auth_token_hash_idx, workspace_builds_workspace_id_build_number_key. */
async function findByTokenHash(db: Db, hash: Buffer): Promise<TokenRow | undefined> {
  const { rows } = await sql<TokenRow>`
    select a.id as agent_id, a.build_id, a.api_key_scope,
      w.id as workspace_id, w.owner_id, w.organization_id, w.template_id, w.deleted as workspace_deleted,
      own.build_number as own_number, own.transition as own_transition, own_job.job_status as own_job_status,
      latest.build_number as latest_number, latest.transition as latest_transition, latest.stage as latest_stage,
      latest.job_status as latest_job_status
    from workspace_agents a
    join workspaces w on w.id = a.workspace_id
    join workspace_builds own on own.id = a.build_id
    join provisioner_jobs own_job on own_job.id = own.job_id
    cross join lateral (
      select b.build_number, b.transition, b.stage, j.job_status
      from workspace_builds b join provisioner_jobs j on j.id = b.job_id
      where b.workspace_id = w.id order by b.build_number desc limit 1
    ) latest
    where a.auth_token_hash = ${hash} and not a.deleted
    order by own.build_number desc
    limit 1`.execute(db);
  return rows[0];
}

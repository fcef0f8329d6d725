import { sql } from "kysely";
import { ApiError } from "@hearth/sdk";
import { computed, defineStatement, notNull, sampleBytes, stored, type Db } from "../../ground/database/index.ts";
import type { AgentActor } from "../../access/index.ts";
import { acceptanceJoins, isAccepted } from "./acceptance.ts";
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
  const row = await findByTokenHash.first(db, { hash: await hashAgentToken(db, token) });
  if (row?.is_accepted !== true) {
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

/** Indexes: workspace_agents_auth_token_hash_idx, workspace_builds_workspace_id_build_number_key. */
const findByTokenHash = defineStatement({
  name: "agents.find_by_token",
  columns: {
    agent_id: stored("workspace_agents.id"),
    build_id: notNull(stored("workspace_agents.build_id")),
    api_key_scope: stored("workspace_agents.api_key_scope"),
    workspace_id: stored("workspaces.id"),
    owner_id: stored("workspaces.owner_id"),
    organization_id: stored("workspaces.organization_id"),
    template_id: stored("workspaces.template_id"),
    is_accepted: computed.boolean,
  },
  samples: [{ hash: sampleBytes }],
  build: ({ hash }: { hash: Buffer }) => sql`
    select a.id as agent_id, a.build_id, a.api_key_scope, w.id as workspace_id, w.owner_id, w.organization_id, w.template_id,
      ${isAccepted} as is_accepted
    from workspace_agents a
    join workspaces w on w.id = a.workspace_id
    ${acceptanceJoins}
    where a.auth_token_hash = ${hash} and not a.deleted
    order by own.build_number desc
    limit 1`,
});

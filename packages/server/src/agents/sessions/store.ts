import { sql } from "kysely";
import type { AgentSubsystem, WorkspaceAgentLifecycle } from "@hearth/sdk";
import {
  computed,
  defineQuery,
  defineStatement,
  orNull,
  sampleId,
  sampleMs,
  stored,
  type Db,
  type Fragment,
  type RowOfShape,
} from "../../ground/database/index.ts";
import type { Granted, Thing } from "../../access/index.ts";
import { acceptanceJoins, isAccepted } from "../access/acceptance.ts";
import type { GrantedAgent } from "../access/agent-grant.ts";
import { saidLifecycle } from "../resources/said-lifecycle.ts";
import type { WorkspaceIdentity } from "./identity.ts";
import { identityColumns, identityShape, toIdentity } from "./identity-columns.ts";

/** What a session begins with. */
export interface SessionFacts {
  readonly identity: WorkspaceIdentity;
  /** Undefined for sessions that are not monitored. */
  readonly generation: number | undefined;
  /** By the agent's own word. */
  readonly lifecycleState: WorkspaceAgentLifecycle;
  readonly logsOverflowed: boolean;
  readonly startup: StartupFacts;
  /** A start script blocks log-in. */
  readonly blocksLogin: boolean;
  /** The agent belongs to a claim build: until it is ready it still has the prebuild's identity. */
  readonly isOfClaim: boolean;
}

export interface StartupFacts {
  readonly version: string;
  readonly expandedDirectory: string;
  readonly apiVersion: string;
  readonly subsystems: readonly AgentSubsystem[];
}

const findIdentity = defineStatement({
  name: "agents.read_identity",
  columns: identityShape,
  samples: [{ workspaceId: sampleId }],
  build: ({ workspaceId }: { workspaceId: string }) => sql`
    select ${identityColumns}
    from workspaces w join users u on u.id = w.owner_id join templates t on t.id = w.template_id
    where w.id = ${workspaceId}`,
});

export async function readIdentity(
  db: Db,
  granted: Granted<"workspace:read", Thing>,
): Promise<WorkspaceIdentity | undefined> {
  const row = await findIdentity.first(db, { workspaceId: granted.object.id });
  return row === undefined ? undefined : toIdentity(row);
}

const factsShape = {
  ...identityShape,
  session_generation: stored("workspace_agents.session_generation"),
  lifecycle_state: stored("workspace_agents.lifecycle_state"),
  ready_at: stored("workspace_agents.ready_at"),
  logs_overflowed: stored("workspace_agents.logs_overflowed"),
  version: stored("workspace_agents.version"),
  expanded_directory: stored("workspace_agents.expanded_directory"),
  api_version: stored("workspace_agents.api_version"),
  subsystems: stored("workspace_agents.subsystems"),
  stage: stored("workspace_builds.stage"),
  blocks_login: computed.boolean,
} as const;

const factsColumns: Fragment = sql`
  ${identityColumns}, a.session_generation, a.lifecycle_state, a.ready_at, a.logs_overflowed, a.version, a.expanded_directory,
  a.api_version, a.subsystems, b.stage,
  exists (select from workspace_agent_scripts s
    where s.workspace_agent_id = a.id and s.run_on_start and s.start_blocks_login) as blocks_login`;

const factsTables: Fragment = sql`
  workspaces w join users u on u.id = w.owner_id join templates t on t.id = w.template_id, workspace_builds b`;

function toFacts(row: RowOfShape<typeof factsShape>, isMonitored: boolean): SessionFacts {
  return {
    identity: toIdentity(row),
    generation: isMonitored ? row.session_generation : undefined,
    lifecycleState: saidLifecycle(row),
    logsOverflowed: row.logs_overflowed,
    startup: {
      version: row.version,
      expandedDirectory: row.expanded_directory,
      apiVersion: row.api_version,
      subsystems: row.subsystems,
    },
    blocksLogin: row.blocks_login,
    isOfClaim: row.stage === "claim",
  };
}

const connect = defineStatement({
  name: "agents.record_connect",
  columns: factsShape,
  samples: [{ session: { agentId: sampleId, replicaId: sampleId, nowMs: sampleMs } }],
  build({ session }: { session: { agentId: string; replicaId: string; nowMs: number } }) {
    const now = new Date(session.nowMs);
    return sql`
    update workspace_agents a set session_generation = a.session_generation + 1, session_replica_id = ${session.replicaId},
      first_connected_at = coalesce(a.first_connected_at, ${now}), last_connected_at = ${now}, updated_at = ${now},
      given_up_at = null, given_up_reason = null
    from ${factsTables}
    where a.id = ${session.agentId} and not a.deleted and w.id = a.workspace_id and b.id = a.build_id
    returning ${factsColumns}`;
  },
});

/**
 * Records a session as the agent's newest, and reads what it begins with, in one statement. Undefined when the agent is
 * gone: deleted, or replaced by a claim's. @see spec/agents.md §4.2, A-3
 */
export async function recordConnect(
  db: Db,
  granted: GrantedAgent<"workspace:update_agent">,
  session: { replicaId: string; nowMs: number },
): Promise<SessionFacts | undefined> {
  const row = await connect.first(db, { session: { ...session, agentId: granted.object.agentId } });
  return row === undefined ? undefined : toFacts(row, true);
}

const findFacts = defineStatement({
  name: "agents.read_facts",
  columns: factsShape,
  samples: [{ agentId: sampleId }],
  build: ({ agentId }: { agentId: string }) => sql`
    select ${factsColumns} from workspace_agents a, ${factsTables}
    where a.id = ${agentId} and not a.deleted and w.id = a.workspace_id and b.id = a.build_id`,
});

/** The same for a session that is not monitored: it leaves no trace. */
export async function readFacts(db: Db, granted: GrantedAgent<"workspace:read">): Promise<SessionFacts | undefined> {
  const row = await findFacts.first(db, { agentId: granted.object.agentId });
  return row === undefined ? undefined : toFacts(row, false);
}

/** A session as the database knows it: nobody else's write has the same three. */
export interface HeldSession {
  readonly agentId: string;
  readonly generation: number;
  readonly replicaId: string;
}

/**
 * Records that a session ended. False when it was not the agent's newest any more: a newer one, here or elsewhere, or a
 * claim has taken its place, and nothing changed.
 */
export async function recordDisconnect(
  db: Db,
  granted: GrantedAgent<"workspace:update_agent">,
  session: Omit<HeldSession, "agentId"> & { lastHeardMs: number; nowMs: number },
): Promise<boolean> {
  const result = await db
    .updateTable("workspace_agents")
    .set((eb) => ({
      session_replica_id: null,
      last_connected_at: eb.fn<Date>("greatest", [eb.ref("last_connected_at"), eb.val(new Date(session.lastHeardMs))]),
      disconnected_at: eb.fn<Date>("greatest", [eb.ref("last_connected_at"), eb.val(new Date(session.nowMs))]),
      updated_at: new Date(session.nowMs),
    }))
    .where("id", "=", granted.object.agentId)
    .where("session_generation", "=", session.generation)
    .where("session_replica_id", "=", session.replicaId)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

const reconnect = defineStatement({
  name: "agents.record_again",
  columns: { id: stored("workspace_agents.id") },
  samples: [{ replicaId: sampleId, sessions: [{ agentId: sampleId, generation: 1 }], nowMs: sampleMs }],
  build({
    replicaId,
    sessions,
    nowMs,
  }: {
    replicaId: string;
    sessions: readonly { agentId: string; generation: number }[];
    nowMs: number;
  }) {
    const now = new Date(nowMs);
    return sql`
    update workspace_agents a set session_replica_id = ${replicaId}, last_connected_at = ${now}, updated_at = ${now}
    from unnest(${sessions.map((session) => session.agentId)}::uuid[], ${sessions.map((session) => session.generation)}::bigint[])
      as held(id, generation)
    where a.id = held.id and a.session_generation = held.generation and a.session_replica_id is distinct from ${replicaId}
    returning a.id`;
  },
});

/** Records sessions again after the replica's lease was lost and taken back; resolves with the agents that changed. */
export async function recordAgain(
  db: Db,
  replicaId: string,
  held: readonly { granted: GrantedAgent<"workspace:update_agent">; generation: number }[],
  nowMs: number,
): Promise<string[]> {
  if (held.length === 0) return [];
  const sessions = held.map(({ granted, generation }) => ({ agentId: granted.object.agentId, generation }));
  const rows = await reconnect.all(db, { replicaId, sessions, nowMs });
  return rows.map((row) => row.id);
}

const findRecorded = defineQuery({
  name: "agents.list_recorded",
  samples: [{ replicaId: sampleId }],
  build: (db, { replicaId }: { replicaId: string }) =>
    db
      .selectFrom("workspace_agents as a")
      .innerJoin("workspaces as w", "w.id", "a.workspace_id")
      .select(["a.id", "a.session_generation", "w.id as workspace_id", "w.owner_id"])
      .where("a.session_replica_id", "=", replicaId),
});

/** Sessions that the database has under this replica. Index: workspace_agents_session_replica_idx. */
export async function listRecorded(
  db: Db,
  _granted: Granted<"workspace:read">,
  replicaId: string,
): Promise<{ agentId: string; generation: number; workspaceId: string; ownerId: string }[]> {
  const rows = await findRecorded(db, { replicaId }).execute();
  return rows.map((row) => ({
    agentId: row.id,
    generation: row.session_generation,
    workspaceId: row.workspace_id,
    ownerId: row.owner_id,
  }));
}

const findSession = defineQuery({
  name: "agents.find_holder",
  samples: [{ agentId: sampleId }],
  build: (db, { agentId }: { agentId: string }) =>
    db
      .selectFrom("workspace_agents")
      .select(["session_replica_id", "session_generation", "workspace_id"])
      .where("id", "=", agentId),
});

/** The replica that holds the agent's newest session, alive or not; undefined when none does. */
export async function findHolder(db: Db, agentId: string): Promise<HeldSession | undefined> {
  const row = await findSession(db, { agentId }).executeTakeFirst();
  if (row === undefined || row.session_replica_id === null) return undefined;
  return { agentId, generation: row.session_generation, replicaId: row.session_replica_id };
}

export async function findWorkspace(db: Db, agentId: string): Promise<string | undefined> {
  const row = await findSession(db, { agentId }).executeTakeFirst();
  return row?.workspace_id ?? undefined;
}

/** Where the agent that a claim replaced lives on. */
export interface Successor {
  readonly agentId: string;
  readonly generation: number;
}

export interface CheckedAgent {
  readonly agentId: string;
  readonly isAccepted: boolean;
  /** Of its newest session; `replicaId` is null when that has ended. */
  readonly generation: number;
  readonly replicaId: string | null;
  readonly identity: WorkspaceIdentity;
  readonly successor: Successor | undefined;
}

const check = defineStatement({
  name: "agents.check",
  columns: {
    ...identityShape,
    is_accepted: computed.boolean,
    agent_id: stored("workspace_agents.id"),
    session_generation: stored("workspace_agents.session_generation"),
    session_replica_id: stored("workspace_agents.session_replica_id"),
    successor_id: orNull(stored("workspace_agents.id")),
    successor_generation: orNull(stored("workspace_agents.session_generation")),
  },
  samples: [{ agentIds: [sampleId] }],
  build: ({ agentIds }: { agentIds: readonly string[] }) => sql`
    select ${identityColumns}, ${isAccepted} as is_accepted, a.id as agent_id, a.session_generation, a.session_replica_id,
      next.id as successor_id, next.session_generation as successor_generation
    from workspace_agents a
    join workspaces w on w.id = a.workspace_id
    join users u on u.id = w.owner_id
    join templates t on t.id = w.template_id
    ${acceptanceJoins}
    left join workspace_agents next on a.deleted and next.workspace_id = a.workspace_id
      and next.auth_token_hash = a.auth_token_hash and not next.deleted
    where a.id = any(${[...agentIds]}::uuid[])`,
});

/**
 * Of each agent: whether it may stay, its workspace's identity now, and who replaced it. One statement for any number;
 * agents whose rows are gone are left out. @see spec/agents.md A-4
 */
export async function checkAgents(
  db: Db,
  _granted: Granted<"workspace:read">,
  agentIds: readonly string[],
): Promise<CheckedAgent[]> {
  if (agentIds.length === 0) return [];
  const rows = await check.all(db, { agentIds });
  return rows.map((row) => ({
    agentId: row.agent_id,
    isAccepted: row.is_accepted,
    generation: row.session_generation,
    replicaId: row.session_replica_id,
    identity: toIdentity(row),
    successor:
      row.successor_id === null || row.successor_generation === null
        ? undefined
        : { agentId: row.successor_id, generation: row.successor_generation },
  }));
}

import { retry, type Clock } from "@hearth/base";
import type { AgentIncident } from "@hearth/provisioner";
import { sql } from "kysely";
import { authorize, type Context, type Granted, type Thing } from "../../access/index.ts";
import { defineStatement, sampleId, sampleMs, stored, type Db } from "../../ground/database/index.ts";
import type { PubSub, WorkspaceEvent } from "../../ground/pubsub/index.ts";
import { authorizeAgent } from "../access/agent-grant.ts";
import { ingestLogs } from "../logs/ingest.ts";
import { ensureLogSource } from "../logs/store.ts";
import { incidentLine } from "./incident-words.ts";

/** Where lines about an agent go that are nobody's in the workspace. */
const ownSourceId = "6b2a4a5e-5c1d-4d0e-9a51-0c3b1f5f7a10";
/** A database that is away for longer has lost more than this. */
const tryForMs = 60_000;

export interface IncidentDeps {
  readonly db: Db;
  readonly pubsub: PubSub;
  readonly clock: Clock;
}

/**
 * Keeps what an engine tells of an agent between builds: a line in the agent's log, and, when the agent is given up, the
 * reason on its row until it connects again. Whoever watches the workspace hears of it. Never rejects: what cannot be
 * stored within a minute is logged.
 */
export async function recordIncident(ctx: Context, deps: IncidentDeps, incident: AgentIncident): Promise<void> {
  const { clock } = deps;
  using deadline = clock.timeout(tryForMs, { signal: ctx.signal, tag: "agent-incident" });
  try {
    const granted = authorize(ctx, "workspace:update_agent", { id: incident.workspaceId });
    await retry(() => store(ctx, deps, granted, incident), {
      policy: { baseMs: 100, maxMs: 5_000 },
      clock,
      signal: deadline.signal,
    });
  } catch (error) {
    if (!ctx.signal.aborted) ctx.log.warn({ err: error, incident }, "what happened to an agent was not recorded");
  }
}

const record = defineStatement({
  name: "agents.record_incident",
  columns: {
    id: stored("workspace_agents.id"),
    owner_id: stored("workspaces.owner_id"),
    logs_overflowed: stored("workspace_agents.logs_overflowed"),
  },
  samples: [
    { workspaceId: sampleId, agentName: null, givenUp: "it crashed", nowMs: sampleMs },
    { workspaceId: sampleId, agentName: "main", givenUp: undefined, nowMs: sampleMs },
  ],
  build(given: { workspaceId: string; agentName: string | null; givenUp: string | undefined; nowMs: number }) {
    const now = new Date(given.nowMs);
    const { agentName, givenUp } = given;
    return sql`
      update workspace_agents a set updated_at = ${now},
        given_up_at = ${givenUp === undefined ? sql`a.given_up_at` : now},
        given_up_reason = ${givenUp ?? sql`a.given_up_reason`}
      from workspaces w
      where a.workspace_id = ${given.workspaceId} and w.id = a.workspace_id and not a.deleted and a.parent_id is null
        and (${agentName}::text is null or lower(a.name) = lower(${agentName}))
      returning a.id, w.owner_id, a.logs_overflowed`;
  },
});

async function store(
  ctx: Context,
  { db, pubsub, clock }: IncidentDeps,
  { object }: Granted<"workspace:update_agent", Thing>,
  incident: AgentIncident,
): Promise<void> {
  const nowMs = clock.now();
  const workspaceId = object.id;
  const { agentName = null } = incident;
  const givenUp = incident.kind === "given_up" ? incident.reason : undefined;
  const rows = await record.all(db, { workspaceId, agentName, givenUp, nowMs });
  for (const { id: agentId, owner_id: ownerId, logs_overflowed: isFull } of rows) {
    const announce = (kind: WorkspaceEvent["kind"]) =>
      pubsub.publish("workspace_owner", ownerId, { kind, workspace_id: workspaceId, agent_id: agentId });
    if (!isFull) {
      const granted = authorizeAgent(ctx, "workspace:update_agent", { agentId, workspaceId, ownerId });
      await ensureLogSource(db, granted, { id: ownSourceId, displayName: "Hearth", icon: "", nowMs });
      await ingestLogs(ctx, { db, pubsub }, granted, {
        sourceId: ownSourceId,
        lines: [incidentLine(incident)],
        nowMs,
        announce,
      });
    }
    announce("agt_connection_update");
  }
}

import type { Batcher, Clock } from "@hearth/base";
import { durationFromMs, timestampFromMs, type AgentService } from "@hearth/wire";
import { systemContext, type Action, type Granted, type SystemActor, type Thing } from "../../access/index.ts";
import type { Db } from "../../ground/database/index.ts";
import type { PubSub } from "../../ground/pubsub/index.ts";
import { authorizeAgent, type GrantedAgent } from "../access/agent-grant.ts";
import { ingestLogs } from "../logs/ingest.ts";
import type { MetadataBatcher } from "../metadata/batcher.ts";
import { storableValues } from "../metadata/limits.ts";
import type { AgentSession } from "../sessions/agent-session.ts";
import type { AgentSessions } from "../sessions/sessions.ts";
import type { ActivityGate } from "../stats/activity.ts";
import type { StatsReport } from "../stats/batcher.ts";
import { readStats } from "../stats/read-stats.ts";
import { reportIntervalMs } from "../stats/timing.ts";
import { storeAppHealths } from "./app-health.ts";
import { readConnection } from "./connection-report.ts";
import { storeLifecycle } from "./lifecycle.ts";
import { readManifest } from "./manifest.ts";
import { instantField, refuse, uuidField } from "./refusals.ts";
import { readTiming, storeTiming } from "./script-timing.ts";
import { readStartup, storeStartup } from "./startup.ts";
import { healthOf, lifecycleOf, logLevelOf } from "./words.ts";

export interface AgentServiceDeps {
  readonly db: Db;
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly metadata: MetadataBatcher;
  readonly stats: Batcher<StatsReport>;
  readonly activity: ActivityGate;
  /** A workspace that belongs to somebody was used. */
  readonly onActivity: (used: Granted<"workspace:update", Thing>) => void;
  readonly part: SystemActor;
  /** Opens the secrets of workspaces' owners. */
  readonly sealKey: Buffer;
}

/**
 * What an agent's calls do. A method that is not here is answered with "unimplemented", and agents do without.
 *
 * The session's id of the agent is read when a call comes and again after every wait: a claim changes it in between.
 * @see spec/agents.md §6
 */
export function agentService(
  deps: AgentServiceDeps,
  sessions: Pick<AgentSessions, "identities" | "announce">,
  session: AgentSession,
): Partial<AgentService> {
  const { db, pubsub, clock } = deps;
  const ctx = systemContext(deps.part, session.log, session.signal);
  /** On the session's agent, as it is now. */
  const authorizeNow = <A extends Action>(action: A): GrantedAgent<A> =>
    authorizeAgent(ctx, action, { ...session.facts, ownerId: sessions.identities.ownerOf(session.workspaceId) });
  /** What the agent names, as it is called now: while a claim's manifest is on its way to it, it says what it knew before. */
  const idNow = async (id: string): Promise<string> => {
    await session.settled(session.signal);
    return session.told.now(id);
  };
  return {
    async getManifest() {
      const told = await readManifest(ctx, deps, authorizeNow("workspace:read"));
      if (told === undefined) throw refuse("The agent is gone.");
      sessions.identities.set(told.identity);
      session.told.tell(told.manifest);
      return told.manifest;
    },

    async getServiceBanner() {
      return {};
    },

    async getAnnouncementBanners() {
      return {};
    },

    async getResourcesMonitoringConfiguration() {
      return { config: { numDatapoints: 20, collectionIntervalSeconds: 10 } };
    },

    async pushContextState({ version, initial }) {
      const isHeld = !initial && session.contextVersion === version;
      session.contextVersion = version;
      return { accepted: !isHeld };
    },

    async updateStartup({ startup }) {
      if (startup === undefined) throw refuse("The startup is missing.");
      const facts = readStartup(startup);
      await session.opened;
      await storeStartup(db, authorizeNow("workspace:update_agent"), session, facts, clock.now());
      return startup;
    },

    async updateLifecycle({ lifecycle }) {
      const state = lifecycle === undefined ? undefined : lifecycleOf(lifecycle.state);
      if (state === undefined) throw refuse(`State ${lifecycle?.state} of an agent is not known.`);
      await session.opened;
      const nowMs = clock.now();
      const changedAtMs = instantField(lifecycle?.changedAt) ?? nowMs;
      const granted = authorizeNow("workspace:update_agent");
      const { agentId } = granted.object;
      if (!(await storeLifecycle(db, granted, state, { changedAtMs, nowMs }))) throw refuse("The agent is gone.");
      // A claim that came meanwhile has begun a start of its own.
      if (session.agentId === agentId) session.lifecycleState = state;
      sessions.announce({ agentId, workspaceId: session.workspaceId }, "agt_lifecycle_update");
      return { state: lifecycle?.state ?? 0, changedAt: lifecycle?.changedAt ?? timestampFromMs(changedAtMs) };
    },

    async batchCreateLogs({ logSourceId, logs }) {
      const named = uuidField("log_source_id", logSourceId);
      await session.opened;
      const sourceId = await idNow(named);
      if (session.logsOverflowed) return { logLimitExceeded: true };
      const granted = authorizeNow("workspace:update_agent");
      const { agentId } = granted.object;
      const logLimitExceeded = await ingestLogs(ctx, { db, pubsub }, granted, {
        sourceId,
        lines: logs.map((line) => ({ output: line.output, level: logLevelOf(line.level) ?? "info" })),
        nowMs: clock.now(),
        announce: (kind) => sessions.announce({ agentId, workspaceId: session.workspaceId }, kind),
      });
      if (session.agentId === agentId) session.logsOverflowed = logLimitExceeded;
      return { logLimitExceeded };
    },

    async batchUpdateMetadata({ metadata }) {
      const values = metadata.map(({ key, result }) => ({
        key,
        value: result?.value ?? "",
        error: result?.error ?? "",
      }));
      const { stored, hasLeftOut } = storableValues(values);
      // The server's clock: agents' clocks are not trusted.
      const collectedAtMs = clock.now();
      const granted = authorizeNow("workspace:update_agent");
      for (const value of stored) deps.metadata.add({ ...value, granted, collectedAtMs });
      if (hasLeftOut)
        throw refuse(`The keys of the call are too long together: ${stored.length} of ${values.length} were taken.`);
      return {};
    },

    async scriptCompleted({ timing }) {
      const run = readTiming(timing);
      const scriptId = await idNow(run.scriptId);
      if (!(await storeTiming(db, authorizeNow("workspace:update_agent"), { ...run, scriptId })))
        throw refuse("The script is not of this agent.");
      return {};
    },

    async batchUpdateAppHealths({ updates }) {
      const reports = updates.map((update) => {
        const health = healthOf(update.health);
        if (health === undefined) throw refuse(`Health ${update.health} of an app is not known.`);
        return { appId: uuidField("id", update.id), health };
      });
      const now = await Promise.all(reports.map(async ({ appId, health }) => ({ appId: await idNow(appId), health })));
      if (await storeAppHealths(db, authorizeNow("workspace:update_agent"), now))
        sessions.announce(session, "app_health");
      return {};
    },

    async updateStats({ stats }) {
      const answer = { reportInterval: durationFromMs(reportIntervalMs) };
      if (stats === undefined) return answer;
      const identity = await sessions.identities.resolve(session.workspaceId);
      if (identity === undefined) return answer; // the workspace is gone, and the session soon
      const granted = authorizeNow("workspace:update_agent");
      deps.stats.add({ granted, stats: readStats(stats, identity, clock.now()) });
      const isUsed = stats.connectionCount > 0n && sessions.identities.find(session.workspaceId) !== undefined;
      if (isUsed && deps.activity.pass(session.workspaceId)) {
        deps.onActivity(authorizeNow("workspace:update"));
        sessions.announce(session, "stats_update");
      }
      return answer;
    },

    async reportConnection({ connection }) {
      const report = readConnection(connection, clock.now());
      session.log.debug({ connection: report }, "connection reported");
      return {};
    },
  };
}

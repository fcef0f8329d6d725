import type { WebSocket } from "ws";
import { Batcher, once, runLoop, type Clock, type Logger } from "@hearth/base";
import type { SessionServices } from "@hearth/wire";
import type { Db } from "../../ground/database/index.ts";
import {
  authorize,
  systemContext,
  type AgentActor,
  type Context,
  type SystemActor,
  unlessRefused,
} from "../../access/index.ts";
import type { Message, PubSub, WorkspaceEvent } from "../../ground/pubsub/index.ts";
import type { Replica } from "../../replicas/index.ts";
import { authorizeAgent } from "../access/agent-grant.ts";
import type { MovedAgent } from "../resources/resource-parts.ts";
import { AgentSession } from "./agent-session.ts";
import type { ClaimedManifests } from "./claimed-manifests.ts";
import { IdentityCache } from "./identity-cache.ts";
import { ManifestPushes } from "./push-manifests.ts";
import { SessionRegistry } from "./registry.ts";
import { SessionRecords } from "./session-records.ts";
import { checkAgents, findWorkspace, listRecorded, readIdentity, recordAgain, type CheckedAgent } from "./store.ts";
import { checkDelayMs, checkEveryMs } from "./timing.ts";

export interface SessionsDeps {
  readonly db: Db;
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly log: Logger;
  readonly replica: Replica;
  /** Who writes what sessions say. */
  readonly part: SystemActor;
  /** Opens what agents are told in confidence. */
  readonly sealKey: Buffer;
  readonly claimed: ClaimedManifests;
  /** What answers a session's calls. */
  readonly services: (session: AgentSession) => SessionServices;
}

export interface NewSession {
  readonly actor: AgentActor;
  readonly socket: WebSocket;
  readonly apiVersion: string;
  readonly isMonitored: boolean;
  readonly takesPushes: boolean;
}

/**
 * The sessions that this replica holds.
 *
 * - A connection is recorded when it is made and when it ends, and never between: it lives under the replica's lease.
 *   Every write carries the session's generation and changes nothing when a newer session has taken its place.
 * - One `agt_connection_update` on each of the two, addressed to whoever owns the workspace then.
 * - A session whose build is no longer its workspace's is closed: on the workspace's `state_change`, and by a look every
 *   5 min. The same look takes what changed of the workspace, and mends what lost messages left behind.
 * - One whose agent has connected to another replica since is closed when that one's announcement is heard.
 * - A claim's announcement re-points sessions before it returns: the agent's next call is the new agent's, and its new
 *   manifest is on its way to it.
 *
 * @see spec/agents.md §4, A-2 to A-6
 */
export class AgentSessions implements AsyncDisposable {
  readonly registry = new SessionRegistry();
  readonly identities: IdentityCache;
  readonly [Symbol.asyncDispose] = once(() => this.#dispose());
  readonly #deps: SessionsDeps;
  readonly #checks: Batcher<string>;
  readonly #subscriptions = new DisposableStack();
  readonly #records: SessionRecords;
  readonly #pushes: ManifestPushes;
  readonly #stop = new AbortController();
  readonly #ctx: Context;
  readonly #running = new Set<Promise<void>>();
  readonly #loop: Promise<void>;
  /** What is heard is our own announcement. */
  #isAnnouncing = false;

  constructor(deps: SessionsDeps) {
    this.#deps = deps;
    const ctx = systemContext(deps.part, deps.log, this.#stop.signal);
    this.#ctx = ctx;
    this.identities = new IdentityCache({
      read: async (id) => await readIdentity(deps.db, authorize(ctx, "workspace:read", { id })),
      clock: deps.clock,
    });
    this.#records = new SessionRecords({
      ...deps,
      registry: this.registry,
      identities: this.identities,
      ctx,
      onMoved: (session) => this.#pushes.ofClaim(session),
    });
    this.#pushes = new ManifestPushes({ ...deps, ctx, identities: this.identities });
    this.#checks = new Batcher(
      {
        name: "session-checks",
        maxItems: 1_000,
        maxWaitMs: checkDelayMs,
        capacity: 100_000,
        key: (workspaceId) => workspaceId,
        clock: deps.clock,
        log: deps.log,
      },
      (workspaceIds) => this.#check(workspaceIds).catch(unlessRefused),
    );
    this.#listen();
    this.#loop = runLoop(
      {
        name: "session-poll",
        everyMs: checkEveryMs,
        jitter: 0.1,
        clock: deps.clock,
        signal: this.#stop.signal,
        log: deps.log,
      },
      () => this.#mend(),
    );
  }

  /** Serves an agent's connection from now on. */
  accept({ actor, socket, apiVersion, isMonitored, takesPushes }: NewSession): AgentSession {
    const { clock } = this.#deps;
    const { agentId, workspaceId, organizationId } = actor;
    const log = this.#deps.log.child({ agentId, workspaceId });
    const session = new AgentSession({
      agentId,
      workspaceId,
      organizationId,
      isMonitored,
      takesPushes: takesPushes && isMonitored,
      apiVersion,
      socket,
      clock,
      log,
    });
    this.registry.add(session);
    if (this.#stop.signal.aborted) session.close("going away");
    const run = this.#run(session);
    this.#running.add(run);
    void run.finally(() => this.#running.delete(run));
    return session;
  }

  /** Announces something about an agent to whoever owns its workspace now. */
  announce(session: Pick<AgentSession, "agentId" | "workspaceId">, kind: WorkspaceEvent["kind"]): void {
    const { workspaceId, agentId } = session;
    const ownerId = this.identities.ownerOf(workspaceId);
    this.#isAnnouncing = true; // heard inside publish
    this.#deps.pubsub.publish("workspace_owner", ownerId, { kind, workspace_id: workspaceId, agent_id: agentId });
    this.#isAnnouncing = false;
  }

  /** Takes what a claim whose announcement is still on its way has made of an agent: its session goes on as this one's. */
  async lookFor(agentId: string): Promise<void> {
    const workspaceId = await findWorkspace(this.#deps.db, agentId);
    if (workspaceId !== undefined && this.registry.hasWorkspace(workspaceId)) await this.#check([workspaceId]);
  }

  /** Settles what is being looked at, for tests. */
  async settle(): Promise<void> {
    await this.#checks.flush();
  }

  async #run(session: AgentSession): Promise<void> {
    using _identity = this.identities.hold(session.workspaceId);
    try {
      session.serve(this.#deps.services(session));
      this.#pushes.first(session);
      const facts = await this.#records.begin(session);
      if (facts === undefined) {
        session.close("replaced");
      } else if (session.isOpen) {
        session.open(facts);
        if (session.isMonitored) {
          session.log.info({ generation: facts.generation, version: session.apiVersion }, "agent connected");
          this.announce(session, "agt_connection_update");
          await session.monitor();
        }
      }
      await session.over;
    } catch (error) {
      session.log.warn({ err: error }, "agent session failed");
      session.close("internal error");
    }
    if (session.isMonitored)
      session.log.info({ reason: session.closeReason ?? "closed by agent" }, "agent disconnected");
    if (await this.#records.end(session)) this.announce(session, "agt_connection_update");
    this.registry.delete(session);
    await session.gone();
  }

  #listen(): void {
    const { pubsub, replica } = this.#deps;
    const onDropped = () => this.#checkAll();
    this.#subscriptions.use(
      pubsub.subscribe("prebuild_claimed", "*", { onMessage: (message) => this.#onClaimed(message), onDropped }),
    );
    this.#subscriptions.use(
      pubsub.subscribe("workspace_owner", "*", { onMessage: (event) => this.#onWorkspaceEvent(event), onDropped }),
    );
    this.#subscriptions.use(
      pubsub.subscribe("workspace_identity", "*", { onMessage: (_, id) => this.#checkSoon(id), onDropped }),
    );
    this.#subscriptions.use(replica.onTakenBack(() => void this.#recordAll()));
  }

  #onWorkspaceEvent(event: WorkspaceEvent): void {
    const isElsewhere = event.kind === "agt_connection_update" && !this.#isAnnouncing;
    if (event.kind === "state_change" || event.kind === "mtd_update" || isElsewhere)
      this.#checkSoon(event.workspace_id);
  }

  #onClaimed(message: Message<"prebuild_claimed">): void {
    if (message.reason === "prebuild_claimed") {
      this.identities.claimed(message.workspace_id, message.owner_id);
      for (const moved of message.agents ?? []) this.#move(message.workspace_id, moved);
      this.#checkSoon(message.workspace_id);
    }
  }

  /** Re-points the sessions of an agent that a claim replaced. */
  #move(workspaceId: string, { from, to, generation, replica_id: replicaId }: MovedAgent): void {
    const sessions = this.registry.ofAgent(from);
    // Heard before: by the relay, by NOTIFY, or found by a look.
    let isHeld = this.registry.ofAgent(to).some((session) => (session.generation ?? generation) >= generation);
    for (const session of sessions) {
      this.registry.move(session, to);
      this.#pushes.ofClaim(session);
      if (session.generation === generation - 1) {
        session.generation = generation;
        isHeld = true;
      }
      // One that is just being recorded finds out by itself that it was moved.
      isHeld ||= session.isMonitored && session.generation === undefined;
    }
    // The session ended while the claim committed: its end was written to the old agent, where it changed nothing.
    if (!isHeld && replicaId === this.#deps.replica.id) {
      void this.#records.endOf({ agentId: to, workspaceId }, { generation, replicaId }, this.#deps.clock.now());
    }
  }

  #checkSoon(workspaceId: string): void {
    if (this.registry.hasWorkspace(workspaceId)) this.#checks.add(workspaceId);
  }

  #checkAll(): void {
    for (const workspaceId of this.registry.workspaceIds()) this.#checks.add(workspaceId);
  }

  async #check(workspaceIds: readonly string[]): Promise<void> {
    const sessions = workspaceIds.flatMap((id) => this.registry.ofWorkspace(id));
    const agentIds = [...new Set(sessions.map((session) => session.agentId))];
    const found = await checkAgents(this.#deps.db, authorize(this.#ctx, "workspace:read", {}), agentIds);
    const checked = new Map(found.map((agent) => [agent.agentId, agent]));
    for (const agentId of agentIds) {
      const agent = checked.get(agentId);
      if (agent !== undefined) this.identities.set(agent.identity);
      if (agent?.isAccepted === true) {
        this.#closeReplaced(agent);
        continue;
      }
      if (agent?.successor !== undefined) {
        const { agentId: to, generation } = agent.successor;
        this.#move(agent.identity.workspaceId, { from: agentId, to, generation, replica_id: null });
        continue;
      }
      for (const session of this.registry.ofAgent(agentId)) session.close("outdated");
    }
  }

  /** A connection that the agent has given up for one to another replica would be dialled until its pings tell. */
  #closeReplaced({ agentId, replicaId, generation }: CheckedAgent): void {
    if (replicaId === null || replicaId === this.#deps.replica.id) return;
    for (const session of this.registry.ofAgent(agentId)) {
      if (session.generation !== undefined && session.generation < generation) session.close("replaced");
    }
  }

  /** What messages that were lost would have said: builds that changed, and sessions that are recorded and not here. */
  async #mend(): Promise<void> {
    const { db, replica, pubsub, clock } = this.#deps;
    this.#checkAll();
    await this.#checks.flush();
    const recorded = await listRecorded(db, authorize(this.#ctx, "workspace:read", {}), replica.id);
    const known = new Set(recorded.map(({ agentId }) => agentId));
    for (const { agentId, generation, workspaceId, ownerId } of recorded) {
      if (this.registry.ofAgent(agentId).length > 0) continue;
      // A session that is recorded under another id than ours is being moved by a claim.
      if (this.registry.ofWorkspace(workspaceId).some((session) => !known.has(session.agentId))) continue;
      const agent = { agentId, workspaceId, ownerId };
      if (!(await this.#records.endOf(agent, { generation, replicaId: replica.id }, clock.now()))) continue;
      const event = { kind: "agt_connection_update", workspace_id: workspaceId, agent_id: agentId } as const;
      pubsub.publish("workspace_owner", ownerId, event);
    }
  }

  /** The lease was lost, and others may have ended our sessions: they are recorded again. */
  async #recordAll(): Promise<void> {
    const { db, replica, clock, log } = this.#deps;
    const sessions = this.registry.all().filter(({ generation }) => generation !== undefined);
    try {
      const held = sessions.map((session) => ({
        granted: authorizeAgent(this.#ctx, "workspace:update_agent", session.facts),
        generation: session.generation ?? 0, // filtered
      }));
      const changed = new Set(await recordAgain(db, replica.id, held, clock.now()));
      for (const session of sessions) if (changed.has(session.agentId)) this.announce(session, "agt_connection_update");
    } catch (error) {
      // Agents come back by themselves, and are then recorded.
      log.warn({ err: error, sessions: sessions.length }, "sessions not recorded again, closing them");
      for (const session of sessions) session.close("internal error");
    }
  }

  async #dispose(): Promise<void> {
    this.#subscriptions.dispose();
    for (const session of this.registry.all()) session.close("going away");
    this.#stop.abort();
    await this.#loop;
    await this.#checks[Symbol.asyncDispose]();
    await Promise.all(this.#running);
  }
}

import type { Duplex } from "node:stream";
import { type Clock, type Logger } from "@hearth/base";
import type { AgentIncident } from "@hearth/provisioner";
import { systemActor, systemContext, type Granted, type SystemActor, type Thing } from "../access/index.ts";
import type { Db } from "../ground/database/index.ts";
import { type Capability, type StopPhase } from "../ground/lifecycle/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import type { Relay, Replica } from "../replicas/index.ts";
import { execRoutes } from "./exec/exec-routes.ts";
import { fileRoutes } from "./exec/file-routes.ts";
import { processRoutes } from "./exec/process-routes.ts";
import { SharedCommands } from "./exec/shared-commands.ts";
import { dialAgent, type DialGrant } from "./dial/reach-agent.ts";
import { reachTopics } from "./dial/reach-topics.ts";
import { serveRelayedDial } from "./dial/serve-relayed.ts";
import { recordIncident } from "./incidents/record-incident.ts";
import { MetadataBatcher } from "./metadata/batcher.ts";
import { agentLogTopics } from "./logs/follow.ts";
import { metadataTopics } from "./metadata/topics.ts";
import { reinitTopics } from "./reinit/topics.ts";
import { agentRoutes } from "./routes/agent-routes.ts";
import type { AgentRoutesDeps } from "./routes/deps.ts";
import { dialRoutes } from "./routes/dial-routes.ts";
import { logRoutes } from "./routes/log-routes.ts";
import { metadataRoutes } from "./routes/metadata-routes.ts";
import { selfRoutes } from "./routes/self-routes.ts";
import { terminalRoutes } from "./routes/terminal-routes.ts";
import { runRetention } from "./retention/retention.ts";
import { agentService } from "./rpc/agent-service.ts";
import { tailnetService } from "./rpc/tailnet-service.ts";
import type { ClaimedManifests } from "./sessions/claimed-manifests.ts";
import { pushClaims } from "./sessions/push-claims.ts";
import { AgentSessions } from "./sessions/sessions.ts";
import { ActivityGate } from "./stats/activity.ts";
import { statsBatcher } from "./stats/batcher.ts";

export interface AgentsDeps {
  readonly db: Db;
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly log: Logger;
  readonly replica: Replica;
  /** To the agents of the other replicas, and from those to ours. */
  readonly relay: Pick<Relay, "open" | "serve" | "tell">;
  /** Seals the owners' secrets and git SSH keys. */
  readonly sealKey: Buffer;
  /** What claims of this process have told of their agents. */
  readonly claimed: ClaimedManifests;
  /** A workspace that belongs to somebody is in use; at most once in 30 s. */
  readonly onActivity?: ((used: Granted<"workspace:update", Thing>) => void) | undefined;
  /** Who writes what agents say. In tests, with fewer rights. @default the part that these are of */
  readonly part?: SystemActor | undefined;
}

export interface DialTarget {
  readonly agentId: string;
  readonly port: number;
  /** What for, as the agent logs it. */
  readonly reason: string;
  readonly signal: AbortSignal;
}

/** The agents of this replica. Their one stop phase closes the sessions, then writes what waits to be written. */
export interface Agents extends Capability {
  readonly routes: NonNullable<Capability["routes"]>;
  readonly opened: readonly StopPhase[];
  readonly sessions: AgentSessions;
  /** Starts commands, for whoever has the right to. */
  readonly commands: SharedCommands;
  /** Keeps what an engine tells of an agent, for its log and its state. Returns at once. */
  recordIncident(incident: AgentIncident): void;
  /**
   * A connection to a port inside a workspace, for the server's own use.
   * With `wait: "ready"` it waits for the agent and for start scripts that block log-in.
   *
   * @throws ApiError `agent_unreachable`, `dial_refused`; the signal's reason
   */
  dial(granted: DialGrant, target: DialTarget & { wait?: "ready" | "none" }): Promise<Duplex>;
}

export function createAgents(deps: AgentsDeps): Agents {
  const { db, pubsub, clock, log, replica, relay, sealKey, claimed, part = systemActor("agents") } = deps;
  const metadata = new MetadataBatcher({ db, pubsub, clock, log });
  const stats = statsBatcher({ db, clock, log });
  const serviceDeps = {
    db,
    pubsub,
    clock,
    metadata,
    stats,
    activity: new ActivityGate(clock),
    onActivity: deps.onActivity ?? (() => undefined),
    part,
    sealKey,
  };
  const stop = new AbortController();
  const ctx = systemContext(part, log, stop.signal);
  const incidents = new Set<Promise<void>>();
  const tailnet = tailnetService();
  const sessions: AgentSessions = new AgentSessions({
    db,
    pubsub,
    clock,
    log,
    replica,
    part,
    sealKey,
    claimed,
    services: (session) => ({ agent: agentService(serviceDeps, sessions, session), tailnet }),
  });
  const routesDeps: AgentRoutesDeps = {
    db,
    pubsub,
    clock,
    log,
    sessions,
    replica,
    relay,
    reached: reachTopics({ db, pubsub, clock, log }),
    reinits: reinitTopics({ db, pubsub, clock, log }),
    logs: agentLogTopics({ db, pubsub, clock, log }),
    metadata: metadataTopics({ db, pubsub, clock, log }),
    sealKey,
  };
  const commands = new SharedCommands(routesDeps);
  const pushing = pushClaims({ pubsub, clock, log, replica, relay }, stop.signal);
  const end = async () => {
    pushing[Symbol.dispose]();
    commands[Symbol.dispose]();
    stop.abort();
    await Promise.all([sessions[Symbol.asyncDispose](), ...incidents]);
    await Promise.all([metadata[Symbol.asyncDispose](), stats[Symbol.asyncDispose]()]);
  };
  relay.serve("agent_dial", (request, signal) => serveRelayedDial({ clock, sessions }, request, signal));
  return {
    name: "agents",
    sessions,
    commands,
    loops: [
      { name: "agent-retention", run: (signal) => runRetention(systemContext(part, log, signal), { db, clock }) },
    ],
    routes: [
      ...agentRoutes(routesDeps),
      ...logRoutes(routesDeps),
      ...metadataRoutes(routesDeps),
      ...terminalRoutes(routesDeps),
      ...dialRoutes(routesDeps),
      ...execRoutes({ ...routesDeps, commands }),
      ...processRoutes(routesDeps),
      ...fileRoutes(routesDeps),
      ...selfRoutes(routesDeps),
    ],
    recordIncident(incident) {
      const work = recordIncident(ctx, { db, pubsub, clock }, incident);
      incidents.add(work);
      void work.finally(() => incidents.delete(work));
    },
    dial: (granted, target) => dialAgent(routesDeps, granted, target),
    opened: [{ name: "agent sessions", limitMs: 10_000, end }],
  };
}

import { randomUUID } from "node:crypto";
import type { Clock, Logger } from "@hearth/base";
import type { Database } from "../ground/database/index.ts";
import { buildApp, type App } from "../ground/http/index.ts";
import { createContext } from "../access/index.ts";
import { createIdentity, deploymentKey } from "../identity/index.ts";
import { HeldGrants } from "../ground/live/index.ts";
import type { MemoryPubSub } from "../ground/pubsub/index.ts";
import { Relay, Replica, serveHints } from "../replicas/index.ts";
import { authenticateAgent, ClaimedManifests, createAgents, type Agents, type AgentsDeps } from "../agents/index.ts";

export interface ServedReplica extends AsyncDisposable {
  readonly url: string;
  readonly relay: Relay;
  readonly replica: Replica;
  readonly agents: Agents;
  readonly claimed: ClaimedManifests;
  readonly pubsub: MemoryPubSub;
  readonly app: App;
}

/** One replica: agents' and people's parts of a server, listening for clients and for other replicas. */
export async function serveReplica(
  deps: {
    database: Database;
    pubsub: MemoryPubSub;
    clock: Clock;
    log: Logger;
  } & Pick<AgentsDeps, "onActivity" | "part">,
): Promise<ServedReplica> {
  const { database, pubsub, clock, log, onActivity, part } = deps;
  const { db } = database;
  await using stack = new AsyncDisposableStack();
  const secret = await deploymentKey(db, "relay", clock.now());
  const relay = stack.use(new Relay({ id: randomUUID(), secret, clock, log }));
  serveHints(relay, pubsub);
  await relay.listen({ host: "127.0.0.1", port: 0 });
  const replica = stack.use(
    await Replica.start({ id: relay.id, address: relay.address, db, pubsub, clock, log, version: "test" }),
  );
  const sealKey = await deploymentKey(db, "seal", clock.now());
  const claimed = new ClaimedManifests();
  const agents = createAgents({
    db,
    pubsub,
    clock,
    log,
    replica,
    relay,
    sealKey,
    claimed,
    onActivity,
    part,
  });
  for (const { end } of agents.opened) stack.defer(async () => void (await end()));
  const identity = createIdentity({
    db,
    clock,
    log,
    pubsub,
    sealKey,
    secureCookies: () => false,
    authenticateAgent: (token) => authenticateAgent(db, token),
  });
  const held = stack.use(new HeldGrants({ pubsub, clock, log, read: identity.readAccessFacts }));
  const app = stack.use(
    buildApp({
      log,
      clock,
      createContext,
      authenticate: identity.authenticate,
      pubsub,
      held,
      routes: [...agents.routes, ...(identity.routes ?? [])],
      ratePerMinute: 0,
      accessUrl: () => "http://127.0.0.1",
      version: "v2.34.0+hearth.test",
      checkAnswers: true,
      isReady: () => true,
    }),
  );
  const { port } = await app.listen("127.0.0.1", 0);
  const owned = stack.move();
  const url = `http://127.0.0.1:${port}`;
  return { url, relay, replica, agents, claimed, pubsub, app, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll } from "vitest";
import { WebSocket } from "ws";
import { silentLogger, systemClock, type Logger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import type { AgentDeclaration } from "@hearth/provisioner";
import {
  agentConnectUrl,
  createAgentClient,
  sessionTokenHeader,
  timestampFromMs,
  webSocketStream,
  YamuxSession,
  type AgentClient,
} from "@hearth/wire";
import { AppHealth, Lifecycle_State, type Manifest } from "@hearth/wire/agent-proto";
import { systemContext, type SystemActor } from "../access/index.ts";
import { testRights } from "../access/testing/index.ts";
import { MemoryPubSub } from "../ground/pubsub/index.ts";
import { Replica } from "../replicas/index.ts";
import { createWorkspaces } from "../workspaces/index.ts";
import { recordIncident } from "./incidents/record-incident.ts";
import { runRetention } from "./retention/retention.ts";
import { agent, script, ServedWorld, type WorkspaceFixture } from "../testing/index.ts";

let world: ServedWorld;
beforeAll(async () => (world = await ServedWorld.create()));
afterAll(async () => await world[Symbol.asyncDispose]());

const long = new Date(0);

interface Running {
  readonly id: string;
  readonly token: string;
  readonly workspace: WorkspaceFixture;
}

/** An agent that was built and has not connected. */
async function running(declared: Partial<AgentDeclaration> = {}): Promise<Running> {
  const token = randomUUID();
  const workspace = await world.makeWorkspace();
  const build = await world.start(workspace, [agent({ token, ...declared })]);
  const id = (await world.agentsOf(build)).get("main")?.id;
  if (id === undefined) throw new Error("no agent");
  return { id, token, workspace };
}

interface Calling extends AsyncDisposable {
  readonly client: AgentClient;
  readonly session: YamuxSession;
}

/** A connection that makes no calls of its own; in the role of a side-car nothing is recorded of it. */
async function connect(serverUrl: string, token: string, role: "agent" | "logstream"): Promise<Calling> {
  const socket = new WebSocket(agentConnectUrl(serverUrl, { role }), { headers: { [sessionTokenHeader]: token } });
  const stream = webSocketStream(socket);
  stream.on("error", () => undefined);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.on("open", () => resolve());
  socket.on("error", reject);
  await promise;
  const session = new YamuxSession(stream, { role: "client", clock: systemClock });
  const client = createAgentClient(session, { clock: systemClock });
  return { client, session, [Symbol.asyncDispose]: async () => void (await session.close()) };
}

/** What an agent says to a replica whose sessions are kept by this part, until what waits there is written. */
async function saying(
  part: SystemActor,
  log: Logger,
  { token }: Running,
  say: (client: AgentClient, manifest: Manifest | undefined) => Promise<unknown>,
): Promise<void> {
  const { db, pubsub, clock } = world;
  const accessUrl = () => "http://127.0.0.1";
  const workspaces = createWorkspaces({
    db,
    pubsub,
    clock,
    log,
    accessUrl,
    sealKey: Buffer.alloc(32),
    allowUnsandboxed: false,
  });
  {
    await using replica = await world.anotherReplica({ part, log, onActivity: (used) => workspaces.noteUse(used) });
    await using calling = await connect(replica.url, token, "logstream");
    const manifest = await calling.client.getManifest({}).catch(() => undefined); // refused
    await say(calling.client, manifest).catch(() => undefined);
  }
  for (const { end } of workspaces.opened ?? []) await end();
}

function idOf(declared: readonly { readonly id: Uint8Array }[] = []): Uint8Array {
  return declared[0]?.id ?? new Uint8Array();
}

const metadata = { key: "k", displayName: "", script: "x", intervalSeconds: 1, timeoutSeconds: 1, displayOrder: 0 };
const app: AgentDeclaration["apps"][number] = {
  slug: "web",
  displayName: "",
  icon: "",
  url: "http://localhost",
  command: "",
  external: false,
  subdomain: false,
  share: "owner",
  displayOrder: 0,
  hidden: false,
  openIn: "tab",
  tooltip: "",
  displayGroup: "",
  healthcheck: { url: "http://localhost/up", intervalSeconds: 3, threshold: 2 },
};

/** Puts the agent's session under this replica, as one that connected long ago. */
async function putSession(agentId: string, replicaId: string): Promise<void> {
  await world.db
    .updateTable("workspace_agents")
    .set({ session_replica_id: replicaId, last_connected_at: long })
    .where("id", "=", agentId)
    .execute();
}

testRights("agents", {
  "user_secret:read": {
    async "tells an agent the secrets of whoever owns its workspace"(part, log) {
      const it = await running({ envFromSecrets: true });
      const secret = { name: randomUUID(), value: "x", file_path: `~/${randomUUID()}` };
      await world.request("POST", "/users/me/secrets", secret, world.ownerKey);
      let told: Manifest | undefined;
      await saying(part, log, it, async (_client, manifest) => await Promise.resolve((told = manifest)));
      return told?.secrets.some(({ filePath }) => filePath === secret.file_path) === true;
    },
  },
  "workspace:read": {
    async "tells an agent its manifest"(part, log) {
      const it = await running();
      let told: Manifest | undefined;
      await saying(part, log, it, async (_client, manifest) => await Promise.resolve((told = manifest)));
      return told !== undefined;
    },
    async "ends a session whose build is not its workspace's any more"(part, log) {
      const it = await running();
      await using replica = await world.anotherReplica({ part, log });
      await using calling = await connect(replica.url, it.token, "agent");
      await world.heardConnect(it.id);
      await world.start(it.workspace);
      await replica.agents.sessions.settle();
      const [session] = replica.agents.sessions.registry.ofAgent(it.id);
      if (session?.isOpen === false || session === undefined) await calling.session.closed;
      return session?.isOpen !== true;
    },
  },
  "workspace:update": {
    async "notes that a workspace is in use"(part, log) {
      const it = await running();
      await world.db.updateTable("workspaces").set({ last_used_at: long }).where("id", "=", it.workspace.id).execute();
      await saying(part, log, it, (client) => client.updateStats({ stats: { connectionCount: 1n } }));
      const { last_used_at: usedAt } = await world.db
        .selectFrom("workspaces")
        .select("last_used_at")
        .where("id", "=", it.workspace.id)
        .executeTakeFirstOrThrow();
      return usedAt > long;
    },
  },
  "workspace:update_agent": {
    async "records that an agent has connected"(part, log) {
      const it = await running();
      await using replica = await world.anotherReplica({ part, log });
      await using calling = await connect(replica.url, it.token, "agent");
      await Promise.race([world.heardConnect(it.id), calling.session.closed]);
      return (await world.agentRow(it.id)).session_replica_id === replica.replica.id;
    },
    async "keeps how an agent begins"(part, log) {
      const it = await running();
      await saying(part, log, it, (client) => client.updateStartup({ startup: { version: "v1.2.3" } }));
      return (await world.agentRow(it.id)).version === "v1.2.3";
    },
    async "keeps the state that an agent reports"(part, log) {
      const it = await running();
      await saying(part, log, it, (client) => client.updateLifecycle({ lifecycle: { state: Lifecycle_State.READY } }));
      return (await world.agentRow(it.id)).lifecycle_state === "ready";
    },
    async "keeps an agent's lines"(part, log) {
      const it = await running();
      await saying(part, log, it, (client) =>
        client.batchCreateLogs({ logSourceId: new Uint8Array(16), logs: [{ output: "up", level: 3 }] }),
      );
      return (await world.agentRow(it.id)).logs_length > 0;
    },
    async "keeps values of an agent's metadata"(part, log) {
      const it = await running({ metadata: [metadata] });
      await saying(part, log, it, (client) =>
        client.batchUpdateMetadata({ metadata: [{ key: "k", result: { value: "v" } }] }),
      );
      const { value } = await world.db
        .selectFrom("workspace_agent_metadata")
        .select("value")
        .where("workspace_agent_id", "=", it.id)
        .executeTakeFirstOrThrow();
      return value === "v";
    },
    async "keeps how a script ended"(part, log) {
      const it = await running({ scripts: [script()] });
      await saying(part, log, it, (client, manifest) =>
        client.scriptCompleted({
          timing: {
            scriptId: idOf(manifest?.scripts),
            start: timestampFromMs(1_000),
            end: timestampFromMs(2_000),
          },
        }),
      );
      const timings = await world.db
        .selectFrom("workspace_agent_script_timings as t")
        .innerJoin("workspace_agent_scripts as s", "s.id", "t.script_id")
        .select("t.id")
        .where("s.workspace_agent_id", "=", it.id)
        .execute();
      return timings.length === 1;
    },
    async "keeps the health of an app"(part, log) {
      const it = await running({ apps: [app] });
      await saying(part, log, it, (client, manifest) =>
        client.batchUpdateAppHealths({ updates: [{ id: idOf(manifest?.apps), health: AppHealth.HEALTHY }] }),
      );
      const { health } = await world.db
        .selectFrom("workspace_apps")
        .select("health")
        .where("agent_id", "=", it.id)
        .executeTakeFirstOrThrow();
      return health === "healthy";
    },
    async "keeps what an agent reports of its use"(part, log) {
      const it = await running();
      await saying(part, log, it, (client) => client.updateStats({ stats: { rxBytes: 1n } }));
      const rows = await world.db
        .selectFrom("workspace_agent_stats")
        .select("id")
        .where("agent_id", "=", it.id)
        .execute();
      return rows.length === 1;
    },
    async "keeps what an engine tells of an agent"(part, log) {
      const it = await running();
      const { db, pubsub, clock } = world;
      const ctx = systemContext(part, log, new AbortController().signal);
      const workspaceId = it.workspace.id;
      const incident = { kind: "given_up", workspaceId, agentName: undefined, reason: "it crashed" } as const;
      await recordIncident(ctx, { db, pubsub, clock }, incident);
      return (await world.agentRow(it.id)).given_up_reason === "it crashed";
    },
    async "forgets what an agent said long ago"(part, log) {
      const it = await running();
      await world.db
        .updateTable("workspace_agents")
        .set({ logs_length: 1, disconnected_at: long })
        .where("id", "=", it.id)
        .execute();
      await world.start(it.workspace); // of a build that is not the latest
      const stop = new AbortController();
      const { db } = world;
      const clock = new FakeClock(world.clock.now());
      const ended = runRetention(systemContext(part, log, stop.signal), { db, clock });
      await clock.asleep("agent-retention");
      stop.abort();
      await ended;
      return (await world.agentRow(it.id)).logs_length === 0;
    },
    async "ends the sessions of a replica that is lost"(part, log) {
      const it = await running();
      const { db } = world;
      const lost = randomUUID();
      const times = { started_at: long, renewed_at: long, expires_at: long };
      await db
        .insertInto("replicas")
        .values({ id: lost, hostname: "lost", version: "test", ...times })
        .execute();
      await putSession(it.id, lost);
      const clock = new FakeClock(world.clock.now());
      const pubsub = new MemoryPubSub(silentLogger);
      const replica = await Replica.start({ db, pubsub, clock, log, version: "test", part });
      await clock.asleep("replica-lease");
      await replica[Symbol.asyncDispose]().catch(() => undefined); // refused, too
      const { session_replica_id: holder } = await world.agentRow(it.id);
      await db.deleteFrom("replicas").where("id", "in", [lost, replica.id]).execute();
      return holder === null;
    },
  },
});

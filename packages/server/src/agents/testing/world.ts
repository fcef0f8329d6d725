import { createHash, randomUUID } from "node:crypto";
import { WebSocket } from "ws";
import { systemClock, type Clock } from "@hearth/base";
import { recordingLogger, type RecordingLogger } from "@hearth/base/recording-logger";
import type { AgentDeclaration, ResourceDeclaration } from "@hearth/provisioner";
import { prebuildsUserId } from "@hearth/sdk";
import { createTestDatabase, SimulatedAgent, type SimulatedAgentOptions } from "@hearth/testkit";
import { contextOfSystem } from "../../access/testing/index.ts";
import { afterCommit, Database, transaction } from "../../ground/database/index.ts";
import type { App } from "../../ground/http/index.ts";
import { MemoryPubSub, type WorkspaceEvent } from "../../ground/pubsub/index.ts";
import type { JobContent } from "../../jobs/index.ts";
import type { Relay, Replica } from "../../replicas/index.ts";
import { insertResources, softDeleteAgents, type Agents } from "../index.ts";
import { serveReplica, type ServedReplica } from "./served-replica.ts";

export interface WorkspaceFixture {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
}

export interface BuildFixture {
  readonly id: string;
  readonly jobId: string;
  readonly number: number;
}

export interface NewBuild {
  readonly transition?: "start" | "stop" | "delete";
  readonly stage?: "none" | "create" | "claim";
  readonly jobStatus?: "pending" | "running" | "succeeded" | "failed" | "canceled";
  readonly initiatorId?: string;
}

/** What was announced, with whose channel it went over. */
export interface HeardEvent extends WorkspaceEvent {
  readonly ownerId: string;
}

/**
 * Agents' part of a server, listening, over a database of its own: users, a template, and workspaces whose builds a test
 * makes in the state that it wants, without a provisioner.
 */
export class World implements AsyncDisposable {
  readonly ownerId = randomUUID();
  readonly otherId = randomUUID();
  readonly events: HeardEvent[] = [];
  readonly #ignored = new Set<string>();
  readonly #stack: AsyncDisposableStack;
  readonly #eventWaiters = new Set<() => void>();
  organizationId = "";
  templateId = "";
  versionId = "";
  fileId = "";
  ownerKey = "";
  otherKey = "";
  url = "";
  readonly database: Database;
  readonly pubsub: MemoryPubSub;
  readonly clock: Clock;
  readonly log: RecordingLogger;
  readonly replica: Replica;
  readonly relay: Relay;
  readonly agents: Agents;
  readonly app: App;
  /** Statements that the server sent. */
  readonly statements: string[];

  private constructor(parts: {
    stack: AsyncDisposableStack;
    database: Database;
    pubsub: MemoryPubSub;
    clock: Clock;
    log: RecordingLogger;
    replica: Replica;
    relay: Relay;
    agents: Agents;
    app: App;
    statements: string[];
  }) {
    this.#stack = parts.stack;
    this.database = parts.database;
    this.pubsub = parts.pubsub;
    this.clock = parts.clock;
    this.log = parts.log;
    this.replica = parts.replica;
    this.relay = parts.relay;
    this.agents = parts.agents;
    this.app = parts.app;
    this.statements = parts.statements;
  }

  static async create({ clock = systemClock }: { clock?: Clock } = {}): Promise<World> {
    await using stack = new AsyncDisposableStack();
    const testDatabase = stack.use(await createTestDatabase());
    const database = stack.use(
      new Database({ connectionString: testDatabase.connectionString, maxConnections: 8 }, () => undefined),
    );
    const statements = recordStatements(database);
    const log = recordingLogger();
    const pubsub = new MemoryPubSub(log);
    const served = stack.use(await serveReplica({ database, pubsub, clock, log }));
    const { replica, relay, agents, app } = served;
    const parts = { database, pubsub, clock, log, replica, relay, agents, app, statements };
    const world = new World({ ...parts, stack: stack.move() });
    world.url = served.url;
    await world.#seed();
    pubsub.subscribe("workspace_owner", "*", {
      onMessage: (event, ownerId) => world.#hear({ ...event, ownerId }),
      onDropped: () => undefined,
    });
    return world;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  /** Another replica of the same deployment. With a `pubsub` of its own, nothing that one announces is heard by the other. */
  async anotherReplica(given: Partial<Parameters<typeof serveReplica>[0]> = {}): Promise<ServedReplica> {
    const { database, pubsub, clock, log } = this;
    return await serveReplica({ database, pubsub, clock, log, ...given });
  }

  get db() {
    return this.database.db;
  }

  /** The same without the lease's renewals, which come when they come. */
  get sent(): string[] {
    return this.statements.filter((text) => !text.includes("update replicas"));
  }

  /** Waits until as many events of the kind were announced, in all. */
  async heard(kind: WorkspaceEvent["kind"], count = 1): Promise<HeardEvent[]> {
    const matching = () => this.events.filter((event) => event.kind === kind);
    while (matching().length < count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#eventWaiters.add(resolve);
      await promise;
    }
    return matching();
  }

  /** Waits until the agent's connection was announced. */
  async heardConnect(agentId: string): Promise<void> {
    const kind = "agt_connection_update";
    const ofAgent = (events: readonly HeardEvent[]) => events.some((event) => event.agent_id === agentId);
    for (let heard = await this.heard(kind); !ofAgent(heard); heard = await this.heard(kind, heard.length + 1));
  }

  /** What is still to come of the workspace is nobody's business any more: a test that has ended leaves nothing to the next. */
  ignore(workspaceId: string): void {
    this.#ignored.add(workspaceId);
  }

  async makeWorkspace({
    ownerId = this.ownerId,
    name = `ws-${randomUUID().slice(0, 8)}`,
  } = {}): Promise<WorkspaceFixture> {
    const id = randomUUID();
    const now = new Date(this.clock.now());
    await this.db
      .insertInto("workspaces")
      .values({
        id,
        owner_id: ownerId,
        organization_id: this.organizationId,
        template_id: this.templateId,
        name,
        last_used_at: now,
        host_key_seed: Buffer.alloc(32, 7),
        created_at: now,
        updated_at: now,
      })
      .execute();
    return { id, name, ownerId };
  }

  async makeBuild(workspaceId: string, build: NewBuild = {}): Promise<BuildFixture> {
    const { transition = "start", stage = "none", jobStatus = "pending", initiatorId = this.ownerId } = build;
    const id = randomUUID();
    const input = { workspace_build_id: id, workspace_id: workspaceId, owner_id: this.ownerId };
    const jobId = await this.#makeJob({ type: "workspace_build", input }, initiatorId);
    const now = new Date(this.clock.now());
    const previous = await this.db
      .selectFrom("workspace_builds")
      .select((eb) => eb.fn.max("build_number").as("number"))
      .where("workspace_id", "=", workspaceId)
      .executeTakeFirst();
    const number = (previous?.number ?? 0) + 1;
    await this.db
      .insertInto("workspace_builds")
      .values({
        id,
        workspace_id: workspaceId,
        template_version_id: this.versionId,
        build_number: number,
        transition,
        stage,
        initiator_id: initiatorId,
        job_id: jobId,
        created_at: now,
        updated_at: now,
      })
      .execute();
    await this.setJob(jobId, jobStatus);
    return { id, jobId, number };
  }

  async setJob(jobId: string, status: NonNullable<NewBuild["jobStatus"]>): Promise<void> {
    const now = new Date(this.clock.now());
    const isOver = ["succeeded", "failed", "canceled"].includes(status);
    await this.db
      .updateTable("provisioner_jobs")
      .set({
        started_at: status === "pending" ? null : now,
        completed_at: isOver ? now : null,
        error: status === "failed" ? "it failed" : null,
        canceled_at: status === "canceled" ? now : null,
      })
      .where("id", "=", jobId)
      .execute();
  }

  /** A succeeded start with agents. The tokens are those of the declarations. */
  async start(workspace: WorkspaceFixture, agents: readonly AgentDeclaration[] = [agent()]): Promise<BuildFixture> {
    const isPool = workspace.ownerId === prebuildsUserId;
    const build = await this.makeBuild(workspace.id, {
      jobStatus: "running",
      stage: isPool ? "create" : "none",
      initiatorId: workspace.ownerId,
    });
    await this.complete(workspace, build, { resources: [resource(agents)] });
    return build;
  }

  /** Ends a build as the workspaces' capability does: resources, job and announcement in one transaction. */
  async complete(
    workspace: WorkspaceFixture,
    build: BuildFixture,
    made: { resources: readonly ResourceDeclaration[]; transition?: "start" | "stop"; claimOfBuildId?: string },
  ): Promise<void> {
    const nowMs = this.clock.now();
    await transaction(contextOfSystem("agents"), this.db, { name: "test_complete" }, async (tx) => {
      const moved = await insertResources(tx, {
        jobId: build.jobId,
        workspaceId: workspace.id,
        buildId: build.id,
        transition: made.transition ?? "start",
        resources: made.resources,
        nowMs,
        claimOfBuildId: made.claimOfBuildId,
      });
      await softDeleteAgents(tx, { workspaceId: workspace.id, exceptBuildId: build.id, nowMs });
      await tx
        .updateTable("provisioner_jobs")
        .set({ started_at: new Date(nowMs), completed_at: new Date(nowMs) })
        .where("id", "=", build.jobId)
        .execute();
      const { owner_id: ownerId } = await tx
        .selectFrom("workspaces")
        .select("owner_id")
        .where("id", "=", workspace.id)
        .executeTakeFirstOrThrow();
      afterCommit(tx, () => {
        this.announce(ownerId, workspace.id);
        if (made.claimOfBuildId === undefined) return;
        this.pubsub.publish("prebuild_claimed", workspace.id, {
          workspace_id: workspace.id,
          reason: "prebuild_claimed",
          owner_id: ownerId,
          agents: moved,
        });
      });
    });
  }

  /** The first half of a claim: the workspace changes hands, and its claim build waits. */
  async beginClaim(workspace: WorkspaceFixture, ownerId: string): Promise<BuildFixture> {
    await this.db
      .updateTable("workspaces")
      .set((eb) => ({ owner_id: ownerId, name: `claimed-${workspace.name}`, claim_count: eb("claim_count", "+", 1) }))
      .where("id", "=", workspace.id)
      .execute();
    return await this.makeBuild(workspace.id, { stage: "claim", initiatorId: ownerId });
  }

  announce(ownerId: string, workspaceId: string): void {
    this.pubsub.publish("workspace_owner", ownerId, { kind: "state_change", workspace_id: workspaceId });
  }

  /** The agents of a build, by name. */
  async agentsOf(build: BuildFixture) {
    const rows = await this.db.selectFrom("workspace_agents").selectAll().where("build_id", "=", build.id).execute();
    return new Map(rows.map((row) => [row.name, row]));
  }

  async agentRow(id: string) {
    return await this.db.selectFrom("workspace_agents").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
  }

  /** A simulated agent that has connected. */
  async connect(token: string, options: Partial<SimulatedAgentOptions> = {}): Promise<SimulatedAgent> {
    return await SimulatedAgent.connect({
      serverUrl: this.url,
      token,
      reconnects: false,
      clock: this.clock,
      ...options,
    });
  }

  async get(path: string, key: string = this.ownerKey): Promise<{ status: number; body: unknown; text: string }> {
    return await this.request("GET", path, undefined, key);
  }

  async request(method: string, path: string, body: unknown, key: string) {
    const response = await fetch(`${this.url}/api/v2${path}`, {
      method,
      headers: { "coder-session-token": key, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
    return { status: response.status, body: isJson ? (JSON.parse(text) as unknown) : undefined, text };
  }

  /** A WebSocket of a user. */
  socket(path: string, key: string = this.ownerKey, url: string = this.url): WebSocket {
    return new WebSocket(`${url.replace("http", "ws")}/api/v2${path}`, {
      headers: { "coder-session-token": key },
      perMessageDeflate: false,
    });
  }

  #hear(event: HeardEvent): void {
    if (this.#ignored.has(event.workspace_id)) return;
    this.events.push(event);
    for (const waiter of this.#eventWaiters) waiter();
    this.#eventWaiters.clear();
  }

  async #seed(): Promise<void> {
    const { db } = this;
    const now = new Date(this.clock.now());
    const organization = await db.selectFrom("organizations").select("id").executeTakeFirstOrThrow();
    this.organizationId = organization.id;
    this.ownerKey = await this.#makeUser(this.ownerId, "ada");
    this.otherKey = await this.#makeUser(this.otherId, "bob");
    this.fileId = randomUUID();
    await db
      .insertInto("files")
      .values({
        id: this.fileId,
        hash: Buffer.alloc(32),
        created_by: this.ownerId,
        mimetype: "application/x-tar",
        data: Buffer.alloc(0),
        created_at: now,
      })
      .execute();
    this.templateId = randomUUID();
    this.versionId = randomUUID();
    const input = { template_version_id: this.versionId, variables: [] };
    const jobId = await this.#makeJob({ type: "template_version_import", input }, this.ownerId);
    await db
      .insertInto("templates")
      .values({
        id: this.templateId,
        organization_id: this.organizationId,
        name: "local",
        group_acl: JSON.stringify({ [this.organizationId]: ["use"] }),
        active_version_id: this.versionId,
        created_by: this.ownerId,
        created_at: now,
        updated_at: now,
      })
      .execute();
    await db
      .insertInto("template_versions")
      .values({
        id: this.versionId,
        template_id: this.templateId,
        organization_id: this.organizationId,
        name: "v1",
        job_id: jobId,
        created_by: this.ownerId,
        created_at: now,
        updated_at: now,
      })
      .execute();
  }

  async #makeJob({ type, input }: JobContent, initiatorId: string): Promise<string> {
    const id = randomUUID();
    const now = new Date(this.clock.now());
    await this.db
      .insertInto("provisioner_jobs")
      .values({
        id,
        organization_id: this.organizationId,
        initiator_id: initiatorId,
        type,
        file_id: this.fileId,
        input: JSON.stringify(input),
        tags: "{}",
        created_at: now,
        updated_at: now,
      })
      .execute();
    return id;
  }

  /** A member with a session key. */
  async #makeUser(id: string, username: string): Promise<string> {
    const now = new Date(this.clock.now());
    const times = { created_at: now, updated_at: now };
    await this.db
      .insertInto("users")
      .values({ id, username, email: `${username}@example.com`, login_type: "password", status: "active", ...times })
      .execute();
    await this.db
      .insertInto("organization_members")
      .values({ organization_id: this.organizationId, user_id: id, ...times })
      .execute();
    const keyId = `key${username.padEnd(7, "0")}`;
    const secret = username.padEnd(22, "s");
    await this.db
      .insertInto("api_keys")
      .values({
        id: keyId,
        user_id: id,
        hashed_secret: createHash("sha256").update(secret).digest(),
        login_type: "password",
        lifetime_seconds: 86_400,
        last_used: now,
        expires_at: new Date(now.getTime() + 30 * 86_400_000),
        ...times,
      })
      .execute();
    return `${keyId}-${secret}`;
  }
}

/** An agent as a template declares it; with a token of its own unless one is given. */
export function agent(declared: Partial<AgentDeclaration> = {}): AgentDeclaration {
  return {
    name: "main",
    operatingSystem: "linux",
    architecture: "amd64",
    directory: "/home/dev",
    env: { HELLO: "world" },
    connectionTimeoutSeconds: 120,
    troubleshootingUrl: "",
    motdFile: "",
    displayApps: ["web_terminal"],
    displayOrder: 0,
    scripts: [],
    metadata: [],
    apps: [],
    envFromSecrets: false,
    token: randomUUID(),
    ...declared,
  };
}

export function script(
  declared: Partial<AgentDeclaration["scripts"][number]> = {},
): AgentDeclaration["scripts"][number] {
  return {
    displayName: "Startup Script",
    script: "echo hello",
    cron: "",
    runOnStart: true,
    runOnStop: false,
    runOnClaim: false,
    startBlocksLogin: false,
    timeoutSeconds: 0,
    logPath: "",
    icon: "",
    ...declared,
  };
}

export function resource(agents: readonly AgentDeclaration[], name = "ws"): ResourceDeclaration {
  return { type: "process", name, hide: false, icon: "", dailyCost: 0, metadata: [], agents };
}

/** Keeps the texts of what the pool sends, so that tests can count. */
function recordStatements(database: Database): string[] {
  const statements: string[] = [];
  database.pool.on("connect", (client) => {
    const query = client.query.bind(client) as (...given: unknown[]) => unknown; // whatever pg was given goes on to it
    client.query = ((...given: unknown[]) => {
      const [first] = given;
      const text = typeof first === "string" ? first : (first as { text?: string } | undefined)?.text;
      if (text !== undefined) statements.push(text.trim());
      return query(...given);
    }) as typeof client.query;
  });
  return statements;
}

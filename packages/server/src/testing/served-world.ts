import { randomUUID } from "node:crypto";
import { WebSocket } from "ws";
import type { AgentDeclaration, ResourceDeclaration } from "@hearth/provisioner";
import { prebuildsUserId } from "@hearth/sdk";
import { SimulatedAgent, type SimulatedAgentOptions } from "@hearth/testkit";
import { contextOfSystem, grantFor } from "../access/testing/index.ts";
import { insertResources, softDeleteAgents, type Agents, type ClaimedManifests } from "../agents/index.ts";
import { afterCommit, transaction } from "../ground/database/index.ts";
import type { App } from "../ground/http/index.ts";
import type { Relay, Replica } from "../replicas/index.ts";
import {
  insertBuildRow,
  insertWorkspaceRow,
  setJobRow,
  type BuildFixture,
  type NewBuild,
  type WorkspaceFixture,
} from "./build-rows.ts";
import { agent, resource } from "./declarations.ts";
import type { HeardEvent } from "./heard-events.ts";
import { insertUser, type User } from "./people.ts";
import { serveReplica, type ServedReplica } from "./served-replica.ts";
import { insertTemplate, type TemplateFixture } from "./templates.ts";
import { openGround, World, type Ground, type WorldOptions } from "./world.ts";

/**
 * Agents' part of a server, listening: two members, a template, and workspaces whose builds a test makes in the state that
 * it wants, without a provisioner.
 */
export class ServedWorld extends World {
  readonly url: string;
  readonly replica: Replica;
  readonly relay: Relay;
  readonly agents: Agents;
  readonly claimed: ClaimedManifests;
  readonly app: App;
  readonly ownerId: string;
  readonly otherId: string;
  readonly ownerKey: string;
  readonly otherKey: string;
  readonly template: TemplateFixture;

  private constructor(
    ground: Ground,
    served: ServedReplica,
    seeds: { readonly owner: User; readonly other: User; readonly template: TemplateFixture },
  ) {
    super(ground);
    this.url = served.url;
    this.replica = served.replica;
    this.relay = served.relay;
    this.agents = served.agents;
    this.claimed = served.claimed;
    this.app = served.app;
    this.ownerId = seeds.owner.id;
    this.ownerKey = seeds.owner.key;
    this.otherId = seeds.other.id;
    this.otherKey = seeds.other.key;
    this.template = seeds.template;
  }

  static async create(options: WorldOptions = {}): Promise<ServedWorld> {
    const ground = await openGround(options);
    const served = ground.stack.use(await serveReplica(ground));
    const owner = await insertUser(ground, "ada");
    const other = await insertUser(ground, "bob");
    const template = await insertTemplate(ground, { name: "local", authorId: owner.id });
    return new ServedWorld(ground, served, { owner, other, template });
  }

  /** Another replica of the same deployment. With a `pubsub` of its own, nothing that one announces is heard by the other. */
  async anotherReplica(given: Partial<Parameters<typeof serveReplica>[0]> = {}): Promise<ServedReplica> {
    const { database, pubsub, clock, log } = this;
    return await serveReplica({ database, pubsub, clock, log, ...given });
  }

  /** The same without the lease's renewals, which come when they come. */
  get sent(): string[] {
    return this.statements.filter((text) => !text.includes("update replicas"));
  }

  /** Waits until the agent's connection was announced. */
  async heardConnect(agentId: string): Promise<void> {
    const kind = "agt_connection_update";
    const ofAgent = (events: readonly HeardEvent[]) => events.some((event) => event.agent_id === agentId);
    for (let heard = await this.heard(kind); !ofAgent(heard); heard = await this.heard(kind, heard.length + 1));
  }

  async makeWorkspace({
    ownerId = this.ownerId,
    name = `ws-${randomUUID().slice(0, 8)}`,
  } = {}): Promise<WorkspaceFixture> {
    return await insertWorkspaceRow(this, { ownerId, name, templateId: this.template.id });
  }

  /** A build whose owner is `ada`, as its job was told. */
  async makeBuild(workspaceId: string, build: NewBuild = {}): Promise<BuildFixture> {
    return await insertBuildRow(this, workspaceId, {
      transition: "start",
      stage: "none",
      jobStatus: "pending",
      initiatorId: this.ownerId,
      ...build,
      ownerId: this.ownerId,
      ...this.template,
    });
  }

  async setJob(jobId: string, status: NonNullable<NewBuild["jobStatus"]>): Promise<void> {
    await setJobRow(this, jobId, status);
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
      const granted = grantFor("workspace:update", { id: workspace.id });
      const moved = await insertResources(tx, granted, {
        jobId: build.jobId,
        workspaceId: workspace.id,
        buildId: build.id,
        transition: made.transition ?? "start",
        resources: made.resources,
        nowMs,
        claimOfBuildId: made.claimOfBuildId,
      });
      await softDeleteAgents(tx, granted, { exceptBuildId: build.id, nowMs });
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
}

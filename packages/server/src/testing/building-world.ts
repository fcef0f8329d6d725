import { randomUUID } from "node:crypto";
import type { BuildJob, BuildResult, WorkerIdentity } from "@hearth/provisioner";
import type { WorkspaceAgentLifecycle } from "@hearth/sdk";
import { grantFor } from "../access/testing/index.ts";
import { ClaimedManifests } from "../agents/index.ts";
import { DatabaseJobSource, upsertDaemon, type HostedWorkspaces, type JobKinds } from "../jobs/index.ts";
import { createTemplates, type ManifestOf } from "../templates/index.ts";
import { createWorkspace, createWorkspaces, type ClaimPrebuild, type ClaimStatement } from "../workspaces/index.ts";
import { buildResult } from "./build-result.ts";
import { insertUser, type User } from "./people.ts";
import {
  insertTemplate,
  insertVersion,
  promoteVersion,
  type TemplateFixture,
  type TemplateGiven,
  type VersionGiven,
} from "./templates.ts";
import { openGround, World, type Ground, type WorldOptions } from "./world.ts";

/** Of every world. */
const sealKey: Buffer = Buffer.alloc(32, 7);
const accessUrl = () => "http://127.0.0.1";
const never = new Date(Date.UTC(9999, 0, 1));

/**
 * Workspaces' part of a server: an owner and a member, templates whose import is as a test wants it, the real queue, and a
 * worker that answers as it is told. No HTTP, no agents.
 */
export class BuildingWorld extends World {
  readonly kinds: JobKinds;
  readonly hosted: HostedWorkspaces;
  readonly jobs: DatabaseJobSource;
  readonly admin: User;
  readonly ada: User;
  readonly worker: WorkerIdentity;
  /** Holds agents' sessions, and its lease for ever. */
  readonly replicaId: string;
  readonly manifestOf: ManifestOf;
  readonly sealKey: Buffer = sealKey;
  readonly claimed = new ClaimedManifests();

  private constructor(
    ground: Ground,
    parts: Pick<BuildingWorld, "kinds" | "hosted" | "jobs" | "admin" | "ada" | "worker" | "replicaId" | "manifestOf">,
  ) {
    super(ground);
    this.kinds = parts.kinds;
    this.hosted = parts.hosted;
    this.jobs = parts.jobs;
    this.admin = parts.admin;
    this.ada = parts.ada;
    this.worker = parts.worker;
    this.replicaId = parts.replicaId;
    this.manifestOf = parts.manifestOf;
  }

  static async create(options: WorldOptions = {}): Promise<BuildingWorld> {
    const ground = await openGround(options);
    const { db, pubsub, clock, log, organizationId } = ground;
    const { hosted, jobKinds: kinds = {} } = createWorkspaces({
      db,
      pubsub,
      clock,
      sealKey,
      log,
      accessUrl,
      allowUnsandboxed: false,
    });
    const { manifestOf } = createTemplates({ db, pubsub, clock, log, sealKey, scratchDir: "/nowhere" });
    const jobs = ground.stack.use(new DatabaseJobSource({ db, pubsub, clock, log, kinds }));
    const admin = await insertUser(ground, "admin", ["owner"]);
    const ada = await insertUser(ground, "ada");
    const replicaId = randomUUID();
    await db
      .insertInto("replicas")
      .values({
        id: replicaId,
        hostname: "test",
        version: "test",
        started_at: new Date(0),
        renewed_at: new Date(0),
        expires_at: never,
      })
      .execute();
    const worker: WorkerIdentity = {
      daemonId: randomUUID(),
      name: "worker",
      organizationId,
      tags: {},
      languages: ["native"],
      engines: { process: { livesOnHost: true } },
      hostId: randomUUID(),
    };
    const granted = grantFor("provisioner_daemon:create", worker);
    await upsertDaemon(db, granted, worker, { replicaId, version: "test" }, clock.now());
    return new BuildingWorld(ground, { kinds, hosted, jobs, admin, ada, worker, replicaId, manifestOf });
  }

  /** What the capability's functions take. With `statement`, claims that touch nothing are no jobs. */
  deps(claim?: ClaimPrebuild, statement?: ClaimStatement) {
    const { db, pubsub, clock, log, manifestOf, claimed } = this;
    const atOnce = statement === undefined ? undefined : { statement, manifestOf, accessUrl, claimed };
    return { db, pubsub, clock, sealKey, log, claim, atOnce, allowUnsandboxed: false };
  }

  /** A template whose active version was imported as said. */
  async createTemplate(given: Partial<TemplateGiven> = {}): Promise<TemplateFixture> {
    return await insertTemplate(this, { authorId: this.admin.id, ...given });
  }

  async addVersion(templateId: string, given: Partial<VersionGiven>): Promise<TemplateFixture> {
    return await insertVersion(this, templateId, { authorId: this.admin.id, promoterId: this.admin.id, ...given });
  }

  async promote(templateId: string, versionId: string): Promise<void> {
    await promoteVersion(this, templateId, versionId);
  }

  /** A workspace of `user`, whose first build waits for a worker. */
  async createWorkspace(
    user: User,
    template: Pick<TemplateFixture, "id">,
    name: string,
    parameters: Readonly<Record<string, string>> = {},
  ) {
    const { workspace } = await createWorkspace(user.ctx, this.deps(), user, {
      template_id: template.id,
      name,
      rich_parameter_values: Object.entries(parameters).map(([key, value]) => ({ name: key, value })),
    });
    return workspace;
  }

  /** Takes the next job, which must be a build. */
  async acquire(worker: WorkerIdentity = this.worker): Promise<BuildJob> {
    const job = await this.jobs.acquire(worker, new AbortController().signal);
    if (job.type !== "workspace_build") throw new Error("expected a build");
    return job;
  }

  /** Registers another daemon, which differs from the scene's in this. */
  async addWorker(given: Partial<WorkerIdentity>): Promise<WorkerIdentity> {
    const daemonId = randomUUID();
    const worker = { ...this.worker, daemonId, name: daemonId, ...given };
    const granted = grantFor("provisioner_daemon:create", worker);
    await upsertDaemon(this.db, granted, worker, { replicaId: randomUUID(), version: "test" }, this.clock.now());
    return worker;
  }

  /** Takes the next build and ends it well: with one agent when it is a start. */
  async work(result: Partial<BuildResult> = {}, worker?: WorkerIdentity): Promise<BuildJob> {
    const job = await this.acquire(worker);
    await this.jobs.complete(job, buildResult(job, result));
    return job;
  }

  /** The agents of the workspace's latest build report this, over sessions that they then have. */
  async setLifecycle(workspaceId: string, state: WorkspaceAgentLifecycle): Promise<void> {
    const now = new Date(this.clock.now());
    await this.db
      .updateTable("workspace_agents")
      .set({
        lifecycle_state: state,
        ready_at: state === "ready" ? now : null,
        session_replica_id: this.replicaId,
        first_connected_at: now,
        last_connected_at: now,
      })
      .where("workspace_id", "=", workspaceId)
      .where("deleted", "=", false)
      .execute();
  }

  /** The sessions of the workspace's agents end now. */
  async disconnect(workspaceId: string): Promise<void> {
    await this.db
      .updateTable("workspace_agents")
      .set({ session_replica_id: null, disconnected_at: new Date(this.clock.now()) })
      .where("workspace_id", "=", workspaceId)
      .execute();
  }
}

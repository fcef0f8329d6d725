import { randomUUID } from "node:crypto";
import { silentLogger, systemClock, type Clock } from "@hearth/base";
import type {
  AgentDeclaration,
  BuildJob,
  BuildResult,
  ParameterDeclaration,
  ResourceDeclaration,
  WorkerIdentity,
} from "@hearth/provisioner";
import type { EngineName, WorkspaceAgentLifecycle } from "@hearth/sdk";
import { createTestDatabase } from "@hearth/testkit";
import { grantFor } from "../../access/testing/index.ts";
import { Database } from "../../ground/database/index.ts";
import { createContext, type Context, type UserActor } from "../../access/index.ts";
import { DatabaseJobSource, upsertDaemon, type HostedWorkspaces, type JobKinds } from "../../jobs/index.ts";
import { MemoryPubSub, type WorkspaceEvent } from "../../ground/pubsub/index.ts";
import { createWorkspace, createWorkspaces, type ClaimPrebuild, type Owner } from "../index.ts";
import { declare } from "./declare.ts";

export { refusalOf } from "./refusal-of.ts";

export interface User extends Owner {
  readonly ctx: Context;
}

export interface PresetFixture {
  readonly name: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly instances?: number | null;
  readonly isDefault?: boolean;
  readonly ttlSeconds?: number;
  readonly timezone?: string;
  readonly schedules?: readonly { cron: string; instances: number }[];
}

export interface TemplateFixture {
  readonly id: string;
  readonly versionId: string;
  /** By name. */
  readonly presets: Readonly<Record<string, string>>;
}

/** Of every scene. */
const sealKey: Buffer = Buffer.alloc(32, 7);
const zero = new Date(0);
const never = new Date(Date.UTC(9999, 0, 1));

/**
 * Workspaces' part of a server over a database of its own: users, templates whose import is as a test wants it, the real
 * queue, and a worker that answers as it is told. No HTTP, no agents.
 */
export class Scene implements AsyncDisposable {
  readonly database: Database;
  readonly pubsub: MemoryPubSub;
  readonly clock: Clock;
  readonly kinds: JobKinds;
  readonly hosted: HostedWorkspaces;
  readonly jobs: DatabaseJobSource;
  readonly events: (WorkspaceEvent & { ownerId: string })[] = [];
  readonly organizationId: string;
  readonly admin: User;
  readonly ada: User;
  readonly worker: WorkerIdentity;
  /** Holds agents' sessions, and its lease for ever. */
  readonly replicaId: string;
  readonly sealKey: Buffer = sealKey;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    parts: Pick<
      Scene,
      | "database"
      | "pubsub"
      | "clock"
      | "kinds"
      | "hosted"
      | "jobs"
      | "organizationId"
      | "admin"
      | "ada"
      | "worker"
      | "replicaId"
    > & {
      stack: AsyncDisposableStack;
    },
  ) {
    this.database = parts.database;
    this.pubsub = parts.pubsub;
    this.clock = parts.clock;
    this.kinds = parts.kinds;
    this.hosted = parts.hosted;
    this.jobs = parts.jobs;
    this.organizationId = parts.organizationId;
    this.admin = parts.admin;
    this.ada = parts.ada;
    this.worker = parts.worker;
    this.replicaId = parts.replicaId;
    this.#stack = parts.stack;
  }

  static async create({
    clock = systemClock,
    maxConnections = 10,
  }: { clock?: Clock; maxConnections?: number } = {}): Promise<Scene> {
    await using stack = new AsyncDisposableStack();
    const testDatabase = stack.use(await createTestDatabase());
    const { connectionString } = testDatabase;
    const database = stack.use(new Database({ connectionString, maxConnections }, () => undefined));
    const { db } = database;
    const pubsub = stack.use(new MemoryPubSub(silentLogger));
    const organization = await db.selectFrom("organizations").select("id").executeTakeFirstOrThrow();
    const { hosted, jobKinds: kinds = {} } = createWorkspaces({
      db,
      pubsub,
      clock,
      sealKey,
      log: silentLogger,
      accessUrl: () => "http://127.0.0.1",
      allowUnsandboxed: false,
    });
    const jobs = stack.use(new DatabaseJobSource({ db, pubsub, clock, log: silentLogger, kinds }));
    const admin = await insertUser(database, organization.id, "admin", ["owner"]);
    const ada = await insertUser(database, organization.id, "ada", []);
    const replicaId = randomUUID();
    await db
      .insertInto("replicas")
      .values({
        id: replicaId,
        hostname: "test",
        version: "test",
        started_at: zero,
        renewed_at: zero,
        expires_at: never,
      })
      .execute();
    const worker: WorkerIdentity = {
      daemonId: randomUUID(),
      name: "worker",
      organizationId: organization.id,
      tags: {},
      languages: ["native"],
      engines: { process: { livesOnHost: true } },
      hostId: randomUUID(),
    };
    await upsertDaemon(
      db,
      grantFor("provisioner_daemon:create", worker),
      worker,
      { replicaId, version: "test" },
      clock.now(),
    );
    const parts = {
      database,
      pubsub,
      clock,
      kinds,
      hosted,
      jobs,
      organizationId: organization.id,
      admin,
      ada,
      worker,
      replicaId,
    };
    const scene = new Scene({ ...parts, stack: stack.move() });
    pubsub.subscribe("workspace_owner", "*", {
      onMessage: (event, ownerId) => scene.events.push({ ...event, ownerId }),
      onDropped: () => undefined,
    });
    return scene;
  }

  get db() {
    return this.database.db;
  }

  /** What the capability's functions take. */
  deps(claim?: ClaimPrebuild) {
    const { db, pubsub, clock } = this;
    return { db, pubsub, clock, sealKey, log: silentLogger, claim, allowUnsandboxed: false };
  }

  async createUser(username: string, roles: readonly string[] = []): Promise<User> {
    return await insertUser(this.database, this.organizationId, username, roles);
  }

  /** A template whose active version was imported as said. Its author is `admin`. */
  async createTemplate(
    given: {
      name?: string;
      parameters?: readonly Partial<ParameterDeclaration>[];
      presets?: readonly PresetFixture[];
      engine?: EngineName;
      importStatus?: "succeeded" | "running" | "failed" | "canceled";
      tags?: Readonly<Record<string, string>>;
      /** Columns of the template. */
      settings?: Readonly<Record<string, unknown>>;
    } = {},
  ): Promise<TemplateFixture> {
    const templateId = randomUUID();
    const name = given.name ?? `template-${templateId.slice(0, 8)}`;
    await this.db
      .insertInto("templates")
      .values({
        id: templateId,
        organization_id: this.organizationId,
        name,
        active_version_id: randomUUID(),
        created_by: this.admin.id,
        group_acl: JSON.stringify({ [this.organizationId]: ["use"] }),
        created_at: zero,
        updated_at: zero,
        ...given.settings,
      })
      .execute();
    return await this.addVersion(templateId, { ...given, isActive: true });
  }

  async addVersion(
    templateId: string,
    given: {
      parameters?: readonly Partial<ParameterDeclaration>[];
      presets?: readonly PresetFixture[];
      engine?: EngineName;
      importStatus?: "succeeded" | "running" | "failed" | "canceled";
      tags?: Readonly<Record<string, string>>;
      isActive?: boolean;
      /** @default `admin` */
      authorId?: string;
      /** @default `admin` */
      promoterId?: string | null;
    },
  ): Promise<TemplateFixture> {
    const versionId = randomUUID();
    const fileId = randomUUID();
    const jobId = randomUUID();
    const status = given.importStatus ?? "succeeded";
    const ended = status !== "running";
    await this.db
      .insertInto("files")
      .values({
        id: fileId,
        hash: Buffer.from(fileId),
        created_by: this.admin.id,
        mimetype: "application/x-tar",
        data: Buffer.from(""),
        created_at: zero,
      })
      .execute();
    await this.db
      .insertInto("provisioner_jobs")
      .values({
        id: jobId,
        organization_id: this.organizationId,
        initiator_id: this.admin.id,
        type: "template_version_import",
        file_id: fileId,
        input: "{}",
        tags: JSON.stringify({ scope: "organization", owner: "", ...given.tags }),
        created_at: zero,
        updated_at: zero,
        started_at: zero,
        completed_at: ended ? zero : null,
        canceled_at: status === "canceled" ? zero : null,
        error: status === "failed" ? "no such file" : null,
      })
      .execute();
    await this.db
      .insertInto("template_versions")
      .values({
        id: versionId,
        template_id: templateId,
        organization_id: this.organizationId,
        name: versionId.slice(0, 8),
        job_id: jobId,
        created_by: given.authorId ?? this.admin.id,
        promoted_by: given.promoterId === undefined ? this.admin.id : given.promoterId,
        language: "native",
        engine: given.engine ?? "process",
        created_at: zero,
        updated_at: zero,
      })
      .execute();
    for (const [order, parameter] of (given.parameters ?? []).entries())
      await this.#addParameter(versionId, parameter, order);
    const presets: Record<string, string> = {};
    for (const preset of given.presets ?? []) presets[preset.name] = await this.#addPreset(versionId, preset);
    if (given.isActive === true) await this.promote(templateId, versionId);
    return { id: templateId, versionId, presets };
  }

  async promote(templateId: string, versionId: string): Promise<void> {
    await this.db.updateTable("templates").set({ active_version_id: versionId }).where("id", "=", templateId).execute();
  }

  async #addParameter(versionId: string, given: Partial<ParameterDeclaration>, order: number): Promise<void> {
    const parameter = declare(given);
    await this.db
      .insertInto("template_version_parameters")
      .values({
        template_version_id: versionId,
        name: parameter.name,
        display_name: parameter.displayName,
        description: parameter.description,
        type: parameter.type,
        form_type: parameter.formType,
        mutable: parameter.mutable,
        default_value: parameter.defaultValue,
        icon: parameter.icon,
        options: JSON.stringify(parameter.options),
        validation_regex: parameter.validationRegex,
        validation_min: parameter.validationMin ?? null,
        validation_max: parameter.validationMax ?? null,
        validation_error: parameter.validationError,
        validation_monotonic: parameter.validationMonotonic,
        required: parameter.required,
        ephemeral: parameter.ephemeral,
        display_order: order,
        deliverable_at_claim: parameter.deliverableAtClaim,
      })
      .execute();
  }

  async #addPreset(versionId: string, given: PresetFixture): Promise<string> {
    const id = randomUUID();
    await this.db
      .insertInto("template_version_presets")
      .values({
        id,
        template_version_id: versionId,
        name: given.name,
        is_default: given.isDefault ?? false,
        desired_instances: given.instances ?? null,
        invalidate_after_secs: given.ttlSeconds ?? null,
        scheduling_timezone: given.timezone ?? "",
        created_at: zero,
      })
      .execute();
    for (const [name, value] of Object.entries(given.parameters ?? {})) {
      await this.db.insertInto("template_version_preset_parameters").values({ preset_id: id, name, value }).execute();
    }
    for (const [position, schedule] of (given.schedules ?? []).entries()) {
      await this.db
        .insertInto("template_version_preset_prebuild_schedules")
        .values({
          id: randomUUID(),
          preset_id: id,
          cron_expression: schedule.cron,
          desired_instances: schedule.instances,
          position,
        })
        .execute();
    }
    return id;
  }

  /** A workspace of `user`, whose first build waits for a worker. */
  async createWorkspace(
    user: User,
    template: TemplateFixture,
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
    await upsertDaemon(
      this.db,
      grantFor("provisioner_daemon:create", worker),
      worker,
      { replicaId: randomUUID(), version: "test" },
      this.clock.now(),
    );
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

  /** The text of each statement that is sent from now on. */
  recordStatements(): string[] {
    const statements: string[] = [];
    const known = new WeakSet<object>();
    this.database.pool.on("acquire", (connection) => {
      if (known.has(connection)) return;
      known.add(connection);
      const query = connection.query.bind(connection) as (...args: unknown[]) => unknown;
      const record = (...args: unknown[]) => {
        statements.push(typeof args[0] === "string" ? args[0] : (args[0] as { text: string }).text);
        return query(...args);
      };
      Object.assign(connection, { query: record });
    });
    return statements;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** What a worker answers: one agent with a token of its own for a start that is no claim. */
export function buildResult(job: BuildJob, given: Partial<BuildResult> = {}): BuildResult {
  const agent: AgentDeclaration = {
    name: "main",
    operatingSystem: "linux",
    architecture: "amd64",
    directory: "",
    env: {},
    connectionTimeoutSeconds: 120,
    troubleshootingUrl: "",
    motdFile: "",
    displayApps: [],
    displayOrder: 0,
    scripts: [],
    metadata: [],
    apps: [],
    envFromSecrets: false,
    token: job.stage === "claim" ? undefined : randomUUID(),
  };
  const resource: ResourceDeclaration = {
    type: "workspace",
    name: "main",
    hide: false,
    icon: "",
    dailyCost: 0,
    metadata: [],
    agents: [agent],
  };
  return {
    type: "workspace_build",
    resources: job.transition === "start" ? [resource] : [],
    state: Buffer.from(JSON.stringify({ build: job.buildId })),
    dailyCost: 0,
    timings: [],
    identityOnlyClaim: job.stage === "claim",
    ...given,
  };
}

async function insertUser(
  database: Database,
  organizationId: string,
  username: string,
  roles: readonly string[],
): Promise<User> {
  const id = randomUUID();
  await database.db
    .insertInto("users")
    .values({
      id,
      username,
      email: `${username}@example.com`,
      login_type: "password",
      status: "active",
      roles: [...roles],
      created_at: zero,
      updated_at: zero,
    })
    .execute();
  await database.db
    .insertInto("organization_members")
    .values({ organization_id: organizationId, user_id: id, roles: [], created_at: zero, updated_at: zero })
    .execute();
  const actor: UserActor = {
    kind: "user",
    userId: id,
    username,
    roles: [...roles, "member"],
    organizationRoles: new Map([[organizationId, ["organization-member"]]]),
    customRoles: [],
    groupIds: [],
    keyId: "0000000000",
    scopes: ["coder:all"],
    allowList: ["*:*"],
  };
  return { id, username, avatarUrl: "", ctx: createContext(actor, silentLogger, new AbortController().signal) };
}

import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { sql } from "kysely";
import { FakeClock } from "@hearth/base/fake-clock";
import type { AcquiredJob, ImportResult, JobLogLine, WorkerIdentity } from "@hearth/provisioner";
import { contextOfSystem, grantFor } from "../access/testing/index.ts";
import { transaction, type Tx } from "../ground/database/index.ts";
import { MemoryPubSub, type Message } from "../ground/pubsub/index.ts";
import {
  anywhere,
  DatabaseJobSource,
  insertJob,
  jobPriority,
  upsertDaemon,
  type JobKind,
  type JobRow,
  type NewJob,
} from "../jobs/index.ts";
import { openGround, World, type Ground } from "./world.ts";

/** How a job ended, as its kind noted it in the transaction that ended it. */
export interface Note {
  readonly how: "completed" | "failed";
  readonly error?: string;
  readonly state?: string | undefined;
}

/**
 * The queue over a database of its own, with a clock that a test turns, and one kind of jobs whose effects are notes in
 * the database: what is rolled back shows, and a second end of the same job is refused by the table's key.
 */
export class QueueWorld extends World {
  declare readonly clock: FakeClock;
  /** Called after each part of the kind, in its transaction: what a test throws here, that part throws. */
  readonly trouble: { [Part in "payload" | "complete" | "fail"]?: ((job: JobRow) => unknown) | undefined } = {};
  readonly jobs: DatabaseJobSource;
  /** What `kind.changed` was told. */
  readonly changes: JobRow[] = [];
  readonly posted: Message<"provisioner_job_posted">[] = [];
  readonly cancelled: string[] = [];
  readonly logNews: (Message<"job_logs"> & { jobId: string })[] = [];
  readonly userId: string;
  readonly fileId: string;
  readonly ctx = contextOfSystem("provisioner daemon");
  readonly #kind: JobKind;
  #names = 0;

  private constructor(ground: Ground, { userId, fileId }: Pick<QueueWorld, "userId" | "fileId">) {
    super(ground);
    this.userId = userId;
    this.fileId = fileId;
    this.#kind = this.#makeKind();
    this.jobs = this.stack.use(new DatabaseJobSource(this.deps));
    const onDropped = () => undefined;
    this.pubsub.subscribe("provisioner_job_posted", "*", { onMessage: (news) => this.posted.push(news), onDropped });
    this.pubsub.subscribe("provisioner_job_canceled", "*", {
      onMessage: (_news, jobId) => this.cancelled.push(jobId),
      onDropped,
    });
    this.pubsub.subscribe("job_logs", "*", {
      onMessage: (news, jobId) => this.logNews.push({ ...news, jobId }),
      onDropped,
    });
  }

  static async create(): Promise<QueueWorld> {
    const ground = await openGround({ clock: new FakeClock() });
    const { db, clock } = ground;
    const user = await db.selectFrom("users").select("id").executeTakeFirstOrThrow();
    const fileId = randomUUID();
    await db
      .insertInto("files")
      .values({
        id: fileId,
        hash: Buffer.alloc(32),
        created_by: user.id,
        mimetype: "application/x-tar",
        data: Buffer.alloc(0),
        created_at: new Date(clock.now()),
      })
      .execute();
    return new QueueWorld(ground, { userId: user.id, fileId });
  }

  /** What the capability's functions take. */
  get deps() {
    const { db, pubsub, clock, log } = this;
    return { db, pubsub, clock, log, kinds: { template_version_import: this.#kind } };
  }

  /** A job of a human, asked for now, without tags. */
  newJob(
    given: {
      priority?: NewJob["priority"];
      tags?: NewJob["tags"];
      ageMs?: number;
      organizationId?: string;
      requires?: Partial<NewJob["requires"]>;
    } = {},
  ): NewJob {
    return {
      organizationId: given.organizationId ?? this.organizationId,
      requires: { ...anywhere, ...given.requires },
      initiatorId: this.userId,
      type: "template_version_import",
      fileId: this.fileId,
      input: { template_version_id: randomUUID() },
      tags: given.tags ?? {},
      priority: given.priority ?? jobPriority.human,
      nowMs: this.clock.now() - (given.ageMs ?? 0),
    };
  }

  /** Queues a job and says so, unless its message is to be lost. */
  async post(given: Parameters<QueueWorld["newJob"]>[0] & { unheard?: boolean } = {}): Promise<JobRow> {
    const pubsub = given.unheard === true ? new MemoryPubSub(this.log) : this.pubsub;
    return await transaction(this.ctx, this.db, { name: "test_post" }, (tx) =>
      insertJob(tx, pubsub, grantFor("template:update", {}), this.newJob(given)),
    );
  }

  async job(id: string): Promise<JobRow> {
    return await this.db.selectFrom("provisioner_jobs").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
  }

  /** A daemon of the scene's organization that knows native templates and runs processes on a host of its own. */
  daemon(given: Partial<WorkerIdentity> = {}): WorkerIdentity {
    return {
      daemonId: randomUUID(),
      name: `worker-${this.#names++}`,
      organizationId: this.organizationId,
      tags: {},
      languages: ["native"],
      engines: { process: { livesOnHost: true } },
      hostId: randomUUID(),
      ...given,
    };
  }

  /** The same, registered. */
  async worker(
    tags: Readonly<Record<string, string>> = {},
    given: Partial<WorkerIdentity> = {},
  ): Promise<WorkerIdentity> {
    const worker = this.daemon({ tags, ...given });
    const granted = grantFor("provisioner_daemon:create", { organizationId: worker.organizationId });
    await upsertDaemon(this.db, granted, worker, { replicaId: randomUUID(), version: "test" }, this.clock.now());
    return worker;
  }

  /** Another organization than the scene's. */
  async createOrganization(): Promise<string> {
    const id = randomUUID();
    const at = new Date(this.clock.now());
    await this.db
      .insertInto("organizations")
      .values({ id, name: id, display_name: "", description: "", icon: "", created_at: at, updated_at: at })
      .execute();
    return id;
  }

  /** Queues a job and takes it, which must be the only one that waits. */
  async taken(worker?: WorkerIdentity): Promise<AcquiredJob> {
    const { id } = await this.post();
    const job = await this.jobs.acquire(worker ?? (await this.worker()), new AbortController().signal);
    if (job.id !== id) throw new Error("another job was taken");
    return job;
  }

  /** How the job ended; undefined while it has not, or when that was rolled back. */
  async noteOf(jobId: string): Promise<Note | undefined> {
    const { rows } = await sql<{ value: Note }>`
      select value from site_settings where name = ${`end of ${jobId}`}`.execute(this.db);
    return rows[0]?.value;
  }

  /** The texts of the job's stored lines. */
  async outputs(jobId: string): Promise<string[]> {
    const rows = await this.db
      .selectFrom("provisioner_job_logs")
      .select("output")
      .where("job_id", "=", jobId)
      .orderBy("id")
      .execute();
    return rows.map(({ output }) => output);
  }

  #makeKind(): JobKind {
    const { trouble, changes, clock } = this;
    const note = async (tx: Tx, jobId: string, value: Note) => {
      const row = { name: `end of ${jobId}`, value: JSON.stringify(value), updated_at: new Date(clock.now()) };
      await tx.insertInto("site_settings").values(row).execute();
    };
    return {
      async payload(_ctx, _db, job) {
        await trouble.payload?.(job);
        return await Promise.resolve({
          type: "template_version_import",
          id: job.id,
          epoch: job.lease_epoch,
          organizationId: job.organization_id,
          initiatorId: job.initiator_id,
          file: { id: job.file_id, read: () => Readable.from([]) },
          templateVersionId: randomUUID(),
          variables: [],
        });
      },
      async complete(_ctx, tx, job) {
        await note(tx, job.id, { how: "completed" });
        trouble.complete?.(job);
      },
      async fail(_ctx, tx, job, { error, state }) {
        const left = state === undefined ? {} : { state: Buffer.from(state).toString() };
        await note(tx, job.id, { how: "failed", error, ...left });
        trouble.fail?.(job);
      },
      changed: (job) => changes.push(job),
    };
  }
}

/** What a worker answers that found nothing to say. */
export function importResult(given: Partial<ImportResult> = {}): ImportResult {
  return {
    type: "template_version_import",
    language: "native",
    engine: "process",
    claimTouchesInfrastructure: false,
    readme: "",
    tags: {},
    parameters: [],
    variables: [],
    presets: [],
    startResources: [],
    stopResources: [],
    timings: [],
    suggested: { name: "", description: "", icon: "" },
    ...given,
  };
}

/** A line that a template's engine wrote. */
export function line(output: string, given: Partial<JobLogLine> = {}): JobLogLine {
  return { createdAtMs: Date.UTC(2026, 0, 1), level: "info", source: "provisioner", stage: "Apply", output, ...given };
}

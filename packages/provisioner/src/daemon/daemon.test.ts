import { FakeClock } from "@hearth/base/fake-clock";
import { recordingLogger, type RecordingLogger } from "@hearth/base/recording-logger";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EngineError, JobError } from "../errors.ts";
import type { AcquiredJob, BuildJob, BuildResult, ImportJob, ImportResult, WorkerIdentity } from "../protocol.ts";
import { ProvisionerDaemon, type DaemonOptions } from "./daemon.ts";
import { MemoryJobSource } from "./memory-job-source.ts";
import type { JobContext, TemplateLanguage } from "./template-language.ts";
import { archiveOf, buildJob, importJob } from "./test-jobs.ts";

const built: BuildResult = {
  type: "workspace_build",
  resources: [],
  state: new Uint8Array([1]),
  dailyCost: 0,
  timings: [],
  identityOnlyClaim: false,
};

/** Runs builds as each test says. */
class FakeRunner implements TemplateLanguage {
  readonly name: TemplateLanguage["name"];
  readonly engines = ["process"] as const;
  onBuild: (job: BuildJob, context: JobContext) => Promise<BuildResult> = () => Promise.resolve(built);
  readonly #running: ((context: JobContext) => void)[] = [];

  constructor(name: TemplateLanguage["name"] = "native") {
    this.name = name;
  }

  /** Resolves with the next build's context once it runs. */
  nextBuild(): Promise<JobContext> {
    return new Promise((resolve) => this.#running.push(resolve));
  }

  async importVersion(_job: ImportJob, _files: unknown, _context: JobContext): Promise<ImportResult> {
    throw new JobError("no imports here");
  }

  async build(job: BuildJob, _files: unknown, context: JobContext): Promise<BuildResult> {
    this.#running.shift()?.(context);
    return await this.onBuild(job, context);
  }
}

/** Ends when the job is cut short, as a runner should. */
function untilCut(_job: BuildJob, { signal }: JobContext): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

let clock: FakeClock;
let source: MemoryJobSource;
let runner: FakeRunner;
let log: RecordingLogger;
let daemon: ProvisionerDaemon | undefined;

beforeEach(() => {
  clock = new FakeClock();
  source = new MemoryJobSource();
  runner = new FakeRunner();
  log = recordingLogger();
  daemon = undefined;
});

afterEach(async () => {
  await daemon?.[Symbol.asyncDispose]();
  expect(clock.pending()).toEqual([]);
});

function startDaemon(workerCount = 1, more: Partial<DaemonOptions> = {}): ProvisionerDaemon {
  const workers = Array.from({ length: workerCount }, (_, index): WorkerIdentity => ({
    daemonId: `d${index}`,
    name: `host-${index}`,
    organizationId: "o",
    tags: {},
    languages: ["native"],
    engines: { process: { livesOnHost: true } },
    hostId: undefined,
  }));
  daemon = new ProvisionerDaemon({ source, workers, languages: [runner], clock, log, ...more });
  return daemon;
}

const outputs = (): string[] => source.logs.map(({ output }) => output);

test("a job that ends at once makes no update: its lines travel with its end", async () => {
  runner.onBuild = async (_job, context) => {
    context.stage("Starting workspace");
    context.log("info", "one\ntwo");
    return built;
  };
  startDaemon();

  const end = await source.post(buildJob());

  expect(end).toEqual({ how: "completed", result: built });
  expect(source.writes.filter((write) => write !== "acquire")).toEqual(["complete"]);
  expect(source.logs.map(({ source: from, stage, output }) => [from, stage, output])).toEqual([
    ["provisioner_daemon", "Starting workspace", ""],
    ["provisioner", "Starting workspace", "one"],
    ["provisioner", "Starting workspace", "two"],
  ]);
});

test("each worker runs one job at a time, and all of them at once", async () => {
  const release = Promise.withResolvers<BuildResult>();
  runner.onBuild = () => release.promise;
  startDaemon(2);
  const contexts = [runner.nextBuild(), runner.nextBuild()];

  const ends = [source.post(buildJob()), source.post(buildJob()), source.post(buildJob())];
  await Promise.all(contexts);
  const third = runner.nextBuild();
  release.resolve(built);
  await third;

  expect((await Promise.all(ends)).map(({ how }) => how)).toEqual(["completed", "completed", "completed"]);
});

test("lines are stored a quarter of a second after the first of them", async () => {
  runner.onBuild = untilCut;
  startDaemon();
  const running = runner.nextBuild();
  const job = buildJob();
  const end = source.post(job);
  const context = await running;

  context.log("info", "first");
  await clock.asleep("job-log-flush");
  await clock.advance(100);
  context.log("info", "second");
  await clock.advance(149);
  expect(outputs()).toEqual([]);
  await clock.advance(1);

  expect(outputs()).toEqual(["first", "second"]);
  source.cancel(job);
  await clock.advance(5_000);
  expect((await end).how).toBe("failed");
});

test("[builds 118] lines are cut to 1024 characters, in order, none halved, without NUL", async () => {
  runner.onBuild = async (_job, context) => {
    context.log("info", `${"x".repeat(2_000)}\n${"😀".repeat(1_500)}\na\0b`);
    return built;
  };
  startDaemon();

  await source.post(buildJob());

  expect(outputs()).toEqual(["x".repeat(1_024), "😀".repeat(1_024), "a\uFFFDb"]);
});

test("a long job renews its lease every five seconds", async () => {
  const release = Promise.withResolvers<BuildResult>();
  runner.onBuild = () => release.promise;
  startDaemon();
  const running = runner.nextBuild();
  const end = source.post(buildJob());
  await running;

  await clock.advance(60_000);
  const updates = source.writes.filter((write) => write === "update").length;
  release.resolve(built);
  await end;

  expect(updates).toBe(12);
});

test("lines said while an update is under way are not forgotten", async () => {
  const release = Promise.withResolvers<BuildResult>();
  runner.onBuild = () => release.promise;
  startDaemon();
  const running = runner.nextBuild();
  const end = source.post(buildJob());
  const context = await running;
  source.onWrite = (write) => {
    if (write === "update" && outputs().length === 0) context.log("info", "meanwhile");
  };

  context.log("info", "first");
  await clock.asleep("job-log-flush");
  await clock.advance(250);
  await clock.advance(250);

  expect(outputs()).toEqual(["first", "meanwhile"]);
  release.resolve(built);
  await end;
});

test("[builds 43] a cancelled job is told to stop; the worker fails it, with what it left", async () => {
  const state = new Uint8Array([7]);
  runner.onBuild = async (job, context) => {
    await untilCut(job, context).catch(() => undefined);
    throw new JobError("The workspace could not be started: the build was cut short.", { state });
  };
  startDaemon();
  const running = runner.nextBuild();
  const job = buildJob();
  const end = source.post(job);
  await running;

  source.cancel(job);
  await clock.advance(5_000);

  expect(await end).toEqual({
    how: "failed",
    failure: { error: "The workspace could not be started: the build was cut short.", errorCode: "", state },
  });
  expect(outputs()).toContain("The job is being canceled, as asked.");
});

test("[builds 42] a cancelled job that finishes all the same is completed", async () => {
  runner.onBuild = async (job, context) => {
    await untilCut(job, context).catch(() => undefined);
    return built;
  };
  startDaemon();
  const running = runner.nextBuild();
  const job = buildJob();
  const end = source.post(job);
  await running;

  source.cancel(job);
  await clock.advance(5_000);

  expect((await end).how).toBe("completed");
});

test("[builds 83] the heartbeat goes on while a job is being cancelled; after ten minutes it is given up", async () => {
  runner.onBuild = () => new Promise(() => undefined);
  startDaemon();
  const running = runner.nextBuild();
  const job = buildJob();
  const end = source.post(job);
  await running;

  source.cancel(job);
  await clock.advance(5_000);
  await clock.advance(10 * 60_000 - 1);
  const updates = source.writes.filter((write) => write === "update").length;
  expect(source.writes).not.toContain("fail");
  await clock.advance(1);

  expect(await end).toMatchObject({
    how: "failed",
    failure: { error: expect.stringContaining("did not stop within 600 seconds") },
  });
  expect(updates).toBeGreaterThanOrEqual(120);
});

test("[builds 44, 45] a job that is another's by now is left alone: nothing is told of it", async () => {
  runner.onBuild = untilCut;
  startDaemon();
  const running = runner.nextBuild();
  const job = buildJob();
  void source.post(job);
  const context = await running;

  source.takeAway(job);
  await clock.advance(5_000);
  const next = source.post(buildJob());
  runner.onBuild = () => Promise.resolve(built);
  await next;

  expect(context.signal.aborted).toBe(true);
  expect(source.writes.filter((write) => write !== "acquire")).toEqual(["update", "complete"]);
});

test("a result that comes too late is refused, and that is all", async () => {
  const job = buildJob();
  runner.onBuild = async () => {
    source.takeAway(job);
    return built;
  };
  startDaemon();
  void source.post(job);
  await source.post(buildJob());

  expect(log.lines.map(({ message }) => message)).toContain("a completed job was not this worker's any more");
});

test("a worker that cannot reach the queue for three minutes stops by itself", async () => {
  runner.onBuild = untilCut;
  startDaemon();
  const running = runner.nextBuild();
  const job = buildJob();
  const end = source.post(job);
  const context = await running;
  source.onWrite = (write) => {
    if (write === "update") throw new Error("no route");
  };

  await clock.advance(3 * 60_000 - 1_000);
  expect(context.signal.aborted).toBe(false);
  await clock.advance(10_000);

  expect(context.signal.aborted).toBe(true);
  expect(await end).toEqual({ how: "released" });
});

test("lines of an update that was lost are stored by the next, once", async () => {
  const release = Promise.withResolvers<BuildResult>();
  runner.onBuild = () => release.promise;
  startDaemon();
  const running = runner.nextBuild();
  const end = source.post(buildJob());
  const context = await running;
  let losses = 2;
  source.onWrite = (write) => {
    if (write === "update" && losses-- > 0) throw new Error("no route");
  };

  context.log("info", "kept");
  await clock.asleep("job-log-flush");
  await clock.advance(2_000);
  release.resolve(built);
  await end;

  expect(outputs()).toEqual(["kept"]);
});

test("a result is told again while the queue cannot be reached", async () => {
  let losses = 3;
  source.onWrite = (write) => {
    if (write === "complete" && losses-- > 0) throw new Error("no route");
  };
  startDaemon();

  const end = source.post(buildJob());
  await clock.asleep("job-report");
  await clock.advance(10_000);

  expect((await end).how).toBe("completed");
});

test("[builds 64] a result that cannot be stored fails the job with the state, so that nothing built is forgotten", async () => {
  source.onWrite = (write) => {
    if (write === "complete") throw new Error("constraint violated");
  };
  startDaemon();

  const end = source.post(buildJob());
  await clock.asleep("job-report");
  await clock.advance(60_000);

  expect(await end).toMatchObject({
    how: "failed",
    failure: { state: built.state, error: expect.stringContaining("constraint violated") },
  });
});

test.for<[string, unknown, object, number]>([
  [
    "for its user",
    new JobError("no such parameter", { errorCode: "MISSING_TEMPLATE_PARAMETER" }),
    { error: "no such parameter", errorCode: "MISSING_TEMPLATE_PARAMETER" },
    0,
  ],
  [
    "with partial state",
    new JobError("half done", { state: new Uint8Array([5]) }),
    { error: "half done", state: new Uint8Array([5]) },
    0,
  ],
  ["of ours", new TypeError("x is undefined"), { error: "x is undefined", errorCode: "" }, 1],
  ["of an engine that no runner translated", new EngineError("lost"), { error: "lost" }, 1],
])("a failure %s becomes the job's", async ([, error, expected, logged]) => {
  runner.onBuild = () => Promise.reject(error);
  startDaemon();

  const end = await source.post(buildJob());

  expect(end).toMatchObject({ how: "failed", failure: expected });
  expect(outputs().at(-1)).toBe(error instanceof Error ? error.message : "");
  expect(log.lines.filter(({ level }) => level === "error")).toHaveLength(logged);
});

test.for<[string, Record<string, string>, string]>([
  ["no template", { "README.md": "" }, "neither hearth.yaml nor *.tf"],
  ["both languages", { "hearth.yaml": "", "main.tf": "" }, "both hearth.yaml and main.tf"],
  ["Terraform where nobody runs it", { "main.tf": "" }, "runs no Terraform templates"],
])("an archive with %s fails the job and says so", async ([, files, says]) => {
  startDaemon();

  const end = await source.post(importJob({ file: archiveOf(files) }));

  expect(end).toMatchObject({ how: "failed", failure: { error: expect.stringContaining(says) } });
});

test("a Terraform template goes to who knows Terraform", async () => {
  const terraform = new FakeRunner("terraform");
  startDaemon(1, { languages: [runner, terraform] });
  const asked = terraform.nextBuild();

  const end = source.post(buildJob({ file: archiveOf({ "main.tf": "" }) }));

  await asked;
  expect((await end).how).toBe("completed");
});

test("what was built can go away although its archive is gone", async () => {
  const broken = {
    id: "broken",
    read: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error("the file is gone")) }) }),
  };
  const state = new TextEncoder().encode('{"engine":"process"}');
  startDaemon();

  const stopped = await source.post(buildJob({ transition: "stop", state, file: broken }));
  const started = await source.post(buildJob({ transition: "start", state, file: broken }));

  expect(stopped.how).toBe("completed");
  expect(started).toMatchObject({ how: "failed", failure: { error: "the file is gone" } });
});

test("an archive is read once, however many jobs need it", async () => {
  let reads = 0;
  const archive = archiveOf({ "hearth.yaml": "x" });
  const file = { id: archive.id, read: (signal: AbortSignal) => (reads++, archive.read(signal)) };
  startDaemon();

  for (const job of [buildJob({ file }), buildJob({ file }), buildJob({ file })]) await source.post(job);

  expect(reads).toBe(1);
});

test("[builds 67] a build that exceeds the quota is refused with its code", async () => {
  source.quota = () => ({ ok: false, creditsConsumed: 8, budget: 10 });
  runner.onBuild = async (_job, context) => {
    await context.commitQuota(5);
    return built;
  };
  startDaemon();

  const end = await source.post(buildJob());

  expect(end).toMatchObject({
    how: "failed",
    failure: { errorCode: "INSUFFICIENT_QUOTA", state: undefined, error: expect.stringContaining("8 of 10") },
  });
});

test("acquiring goes on after failures, waiting longer each time", async () => {
  let losses = 5;
  source.onWrite = (write) => {
    if (write === "acquire" && losses-- > 0) throw new Error("no database");
  };
  startDaemon();
  const end = source.post(buildJob());

  await clock.advance(5_000);

  expect((await end).how).toBe("completed");
  expect(log.lines.filter(({ message }) => message === "no job could be taken")).toHaveLength(5);
});

test("stopping: no further job is asked for, a running one may end", async () => {
  const release = Promise.withResolvers<BuildResult>();
  runner.onBuild = () => release.promise;
  const stopping = startDaemon();
  const running = runner.nextBuild();
  const end = source.post(buildJob());
  const context = await running;

  const stopped = stopping[Symbol.asyncDispose]();
  void source.post(buildJob());
  await clock.advance(9_000);
  expect(context.signal.aborted).toBe(false);
  release.resolve(built);
  await stopped;

  expect((await end).how).toBe("completed");
  expect(source.writes.filter((write) => write === "acquire")).toHaveLength(1);
});

test.for<[what: string, onBuild: typeof runner.onBuild, shutdownGraceMs: number, withinMs: number]>([
  ["goes on past the grace is told to stop and goes back to the queue", untilCut, 3_000, 3_000],
  ["does not heed it holds nobody up for long", () => new Promise(() => undefined), 0, 30_000],
])("stopping: a job that %s", async ([, onBuild, shutdownGraceMs, withinMs]) => {
  runner.onBuild = onBuild;
  const stopping = startDaemon(1, { shutdownGraceMs });
  const running = runner.nextBuild();
  const end = source.post(buildJob());
  await running;

  const stopped = stopping[Symbol.asyncDispose]();
  await clock.advance(withinMs);
  await stopped;

  expect(await end).toEqual({ how: "released" });
});

test("stopping: a job taken at that very moment is given back", async () => {
  const stopping = startDaemon();
  await clock.advance(0);
  const job: AcquiredJob = buildJob();

  const end = source.post(job);
  const stopped = stopping[Symbol.asyncDispose]();
  await stopped;

  expect(await end).toEqual({ how: "released" });
});

import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AcquiredJob } from "@hearth/provisioner";
import { listLogs } from "./logs.ts";
import { importResult, line, QueueWorld } from "../testing/index.ts";
import { logBudgetBytes } from "./timing.ts";

let scene: QueueWorld;
let job: AcquiredJob;

beforeEach(async () => {
  scene = await QueueWorld.create();
  job = await scene.taken();
});

afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

async function store(outputs: readonly string[]): Promise<void> {
  const { outcome } = await scene.jobs.update(
    job,
    outputs.map((output) => line(output)),
  );
  expect(outcome).toBe("ok");
}

/** What PostgreSQL holds, by its own measure. */
async function stored(): Promise<{ lines: number; bytes: number }> {
  const { rows } = await sql<{ lines: number; bytes: number }>`
    select count(*)::int as lines, coalesce(sum(octet_length(output)), 0)::int as bytes
    from provisioner_job_logs where job_id = ${job.id}`.execute(scene.db);
  return rows[0] ?? { lines: 0, bytes: 0 };
}

describe("lines", () => {
  test("are kept as they were said, and listed in the order of their ids", async () => {
    const said = line("Terraform has been initialized", {
      level: "debug",
      source: "provisioner_daemon",
      stage: "Init",
    });
    await scene.jobs.update(job, [said]);
    const many = Array.from({ length: 500 }, (_, index) => `line ${index}`);
    await store(many.slice(0, 250));
    await store(many.slice(250));

    const listed = await listLogs(scene.db, job.id);

    expect(listed[0]).toEqual({
      id: expect.any(Number),
      created_at: new Date(said.createdAtMs).toISOString(),
      log_source: "provisioner_daemon",
      log_level: "debug",
      stage: "Init",
      output: said.output,
    });
    expect(listed.slice(1).map(({ output }) => output)).toEqual(many);
    const ids = listed.map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  });

  test("between two ids are listed without these two, and none of another job", async () => {
    const other = await scene.taken();
    await store(["a", "b"]);
    await scene.jobs.update(other, [line("another's")]);
    await store(["c", "d"]);
    const ids = (await listLogs(scene.db, job.id)).map(({ id }) => id);
    const list = async (range: Parameters<typeof listLogs>[2]) =>
      (await listLogs(scene.db, job.id, range)).map(({ output }) => output);

    expect(await list({ afterId: ids[1] })).toEqual(["c", "d"]);
    expect(await list({ beforeId: ids[1] })).toEqual(["a"]);
    expect(await list({ afterId: ids[0], beforeId: ids[3] })).toEqual(["b", "c"]);
    expect(await list({ afterId: ids[3] })).toEqual([]);
  });

  test("[builds 118] of 2000 characters are cut to 1024, in order", async () => {
    await store(["before", "x".repeat(2_000), "after"]);

    expect(await scene.outputs(job.id)).toEqual(["before", "x".repeat(1_024), "after"]);
  });

  test("with NUL and halves of characters are kept with these replaced, their stage too", async () => {
    await scene.jobs.update(job, [line("a\0b\uD83Dc", { stage: "\0Apply\uD83D" })]);

    expect((await listLogs(scene.db, job.id)).map(({ output, stage }) => [output, stage])).toEqual([
      ["a\uFFFDb\uFFFDc", "\uFFFDApply\uFFFD"],
    ]);
  });

  test("that come at once from several updates are told with the id before the first of each", async () => {
    await Promise.all(["a", "b", "c", "d"].map((name) => store([`${name}1`, `${name}2`])));

    const listed = await listLogs(scene.db, job.id);
    expect(listed.map(({ output }) => output.slice(1))).toEqual(["1", "2", "1", "2", "1", "2", "1", "2"]);
    const firsts = listed.filter(({ output }) => output.endsWith("1"));
    expect(new Set(scene.logNews.map((news) => news.created_after))).toEqual(new Set(firsts.map(({ id }) => id - 1)));
  });

  test("without lines there is nothing to tell", async () => {
    await store([]);

    expect(scene.logNews).toEqual([]);
  });
});

describe("the budget", () => {
  test("[builds 73] once it is used up there is one notice, and nothing after it", async () => {
    const full = Array.from({ length: 1_023 }, () => "x".repeat(1_024));
    await store(full);
    expect(await scene.job(job.id)).toMatchObject({ logs_length: 1_023 * 1_024, logs_overflowed: false });

    await store(Array.from({ length: 10 }, (_, index) => `${index}`.repeat(1_024)));

    const outputs = (await scene.outputs(job.id)).slice(full.length);
    expect(outputs).toEqual(["Provisioner logs exceeded the limit of 1 MiB: further lines are left out."]);
    const row = await scene.job(job.id);
    expect(row.logs_overflowed).toBe(true);
    const before = await stored();
    expect(before.bytes).toBe(row.logs_length);
    expect(before.bytes).toBeLessThanOrEqual(logBudgetBytes);
    const told = scene.logNews.length;

    await store(["later"]);
    expect(await scene.jobs.complete(job, importResult(), [line("last")])).toBe("ok");

    expect(await stored()).toEqual(before);
    // Nothing but the end.
    expect(scene.logNews.slice(told)).toEqual([{ jobId: job.id, end_of_logs: true }]);
  });

  test("counts what is stored: a NUL takes three bytes", async () => {
    const noise = "\0".repeat(1_024);
    for (let batch = 0; batch < 4; batch++) await store(Array.from({ length: 100 }, () => noise));

    const held = await stored();
    expect(held.bytes).toBeLessThanOrEqual(logBudgetBytes);
    expect(await scene.job(job.id)).toMatchObject({ logs_length: held.bytes, logs_overflowed: true });
  });

  test("is one for all attempts of a job", async () => {
    await store(["first"]);
    await scene.jobs.release(job);
    job = await scene.jobs.acquire(await scene.worker(), new AbortController().signal);

    await store(["second"]);

    expect(await scene.outputs(job.id)).toEqual(["first", "second"]);
    expect(await scene.job(job.id)).toMatchObject({ logs_length: 11 });
  });
});

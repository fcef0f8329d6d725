import { ApiError, type ProvisionerJob, type ProvisionerJobLog, type ProvisionerJobStatus } from "@hearth/sdk";
import { FakeClock } from "@hearth/base/fake-clock";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { Failure, Interrupted } from "#means/failure.ts";
import { createOut } from "#means/out.ts";
import { followJob, type FollowedJob } from "./follow-job.ts";

// Only these fields are looked at.
function job(status: ProvisionerJobStatus, error?: string): ProvisionerJob {
  return { status, queue_position: 0, queue_size: 0, ...(error === undefined ? {} : { error }) } as ProvisionerJob;
}

function line(id: number, stage: string, output = ""): ProvisionerJobLog {
  return { id, created_at: "2026-01-01T00:00:00Z", log_source: "provisioner", log_level: "info", stage, output };
}

function setting(followed: Partial<FollowedJob<ProvisionerJob>>) {
  const stderr = new PassThrough();
  const clock = new FakeClock();
  const interrupt = new AbortController();
  const out = createOut({ stdout: new PassThrough(), stderr, colour: false, noteColour: false, isLive: false, clock });
  const result = followJob<ProvisionerJob>(
    {
      title: "the start",
      start: job("running"),
      jobOf: (subject) => subject,
      read: () => Promise.resolve(job("succeeded")),
      // oxlint-disable-next-line require-yield -- a log without a line
      logs: async function* () {},
      cancel: () => Promise.resolve(),
      ...followed,
    },
    { out, clock, signal: interrupt.signal },
  );
  const shown = async () => {
    stderr.end();
    return await text(stderr);
  };
  return { result, clock, interrupt, shown };
}

test("each stage is shown once, with its lines below", async () => {
  const { result, shown } = setting({
    logs: async function* () {
      yield line(1, "Planning");
      yield line(2, "Planning", "one\ntwo");
      yield line(3, "Applying", "three");
    },
  });

  await expect(result).resolves.toMatchObject({ status: "succeeded" });
  expect(await shown()).toBe("==> Planning\n    one\n    two\n==> Applying\n    three\n");
});

test("a log that breaks off is taken up where it broke", async () => {
  const asked: (number | undefined)[] = [];
  const { result, clock, shown } = setting({
    logs: async function* (after) {
      asked.push(after);
      yield line((after ?? 0) + 1, `stage ${asked.length}`);
      if (asked.length < 3) throw new ApiError("unavailable", "gone");
    },
  });

  for (let broken = 0; broken < 2; broken += 1) {
    await clock.asleep("follow job");
    await clock.advanceToNext();
  }
  await result;

  expect(asked).toEqual([undefined, 1, 2]);
  expect(await shown()).toBe("==> stage 1\n==> stage 2\n==> stage 3\n");
});

test("a log that ends before its job is followed again", async () => {
  const states = [job("running"), job("succeeded")];
  const { result, clock } = setting({ read: () => Promise.resolve(states.shift() ?? job("failed")) });

  await clock.asleep("follow job");
  await clock.advanceToNext();

  await expect(result).resolves.toMatchObject({ status: "succeeded" });
});

test("a refusal that will not change is not repeated", async () => {
  const { result } = setting({
    // oxlint-disable-next-line require-yield -- refused before the first line
    logs: async function* () {
      throw new ApiError("not_found", "no such build");
    },
  });

  await expect(result).rejects.toThrow("no such build");
});

test("a failed job fails with its error", async () => {
  const { result } = setting({ read: () => Promise.resolve(job("failed", "terraform: no")) });

  const error = await result.catch((caught: unknown) => caught);

  expect(error).toBeInstanceOf(Failure);
  expect(error).toMatchObject({ message: "Failed: the start.", details: ["terraform: no"] });
});

test("Ctrl-C cancels the job and waits until it is", async () => {
  const canceled = Promise.withResolvers<void>();
  const { result, interrupt, shown } = setting({
    logs: async function* () {
      yield line(1, "Planning");
      await canceled.promise;
    },
    cancel: async () => canceled.resolve(),
    read: () => Promise.resolve(job("canceled")),
  });

  interrupt.abort();

  await expect(result).rejects.toBeInstanceOf(Interrupted);
  expect(await shown()).toContain("Canceling the start (Ctrl-C again to leave it) …");
});

test("a job that may not be canceled is left, and said to go on", async () => {
  const { result, interrupt, shown } = setting({
    // oxlint-disable-next-line require-yield -- nothing is said before it is left
    logs: async function* (_after, signal) {
      await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
    },
    cancel: () => Promise.reject(new ApiError("forbidden", "The template does not allow it.")),
    read: () => Promise.resolve(job("running")),
  });

  interrupt.abort();

  await expect(result).rejects.toBeInstanceOf(Interrupted);
  expect(await shown()).toContain("It cannot be canceled and goes on: The template does not allow it.");
});

test("a job that ended before it could be canceled is done", async () => {
  const refused = Promise.withResolvers<void>();
  const { result, interrupt, shown } = setting({
    // oxlint-disable-next-line require-yield -- says nothing
    logs: async function* () {
      await refused.promise;
    },
    cancel: async () => {
      refused.resolve();
      throw new ApiError("precondition_failed", "It is over.");
    },
  });

  interrupt.abort();

  await expect(result).resolves.toMatchObject({ status: "succeeded" });
  expect(await shown()).not.toContain("cannot be canceled");
});

test("a job that somebody else canceled is a failure", async () => {
  const { result } = setting({ read: () => Promise.resolve(job("canceled")) });

  await expect(result).rejects.toThrow("Canceled: the start.");
});

import { afterAll, beforeAll, expect, test } from "vitest";
import type { JobFailure } from "@hearth/provisioner";
import { ProvisionerJob } from "@hearth/sdk";
import { QueueWorld } from "../testing/index.ts";
import { toApiJob } from "./to-api-job.ts";

let scene: QueueWorld;

beforeAll(async () => {
  scene = await QueueWorld.create();
});

afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

test.for<[JobFailure["errorCode"], string | undefined]>([
  ["", undefined],
  ["REQUIRED_TEMPLATE_VARIABLES", "REQUIRED_TEMPLATE_VARIABLES"],
  ["INSUFFICIENT_QUOTA", "INSUFFICIENT_QUOTA"],
  ["MISSING_TEMPLATE_PARAMETER", undefined],
])('a job that failed with "%s" is shown in words of the contract', async ([errorCode, shown]) => {
  const job = await scene.taken();
  await scene.jobs.fail(job, { error: "no", errorCode, state: undefined });

  const answer = toApiJob(await scene.job(job.id));

  expect(ProvisionerJob.parse(answer)).toMatchObject({ status: "failed", error: "no" });
  expect(answer.error_code).toBe(shown);
});

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sql } from "kysely";
import type { BuildResult, JobFailure } from "@hearth/provisioner";
import { BuildingWorld, buildResult } from "../testing/index.ts";
import { grantFor } from "../access/testing/index.ts";
import { findBuildState } from "./build-state.ts";

let scene: BuildingWorld;
beforeAll(async () => (scene = await BuildingWorld.create()));
afterAll(() => scene[Symbol.asyncDispose]());

let count = 0;
async function queued() {
  const template = await scene.createTemplate();
  return await scene.createWorkspace(scene.ada, template, `dev-${count++}`);
}

async function jobOf(workspaceId: string) {
  return await scene.db
    .selectFrom("workspace_builds as b")
    .innerJoin("provisioner_jobs as j", "j.id", "b.job_id")
    .selectAll("j")
    .where("b.workspace_id", "=", workspaceId)
    .executeTakeFirstOrThrow();
}

/** As another release would have written it. */
async function spoil(workspaceId: string): Promise<void> {
  const { id } = await jobOf(workspaceId);
  await scene.db
    .updateTable("provisioner_jobs")
    .set({ input: sql<string>`input - 'owner_id' || '{"workspace_id": 7}'` })
    .where("id", "=", id)
    .execute();
}

describe("a row that does not say what its kind says", () => {
  test("fails its job with what is wrong, and the worker is given the next", async () => {
    const first = await queued();
    const second = await queued();
    await spoil(first.id);

    expect((await scene.work()).workspace.id).toBe(second.id);

    expect(await jobOf(first.id)).toMatchObject({
      job_status: "failed",
      error:
        "The job was queued with what this server cannot read (workspace_id: Invalid input: expected string, received number): another release wrote it. Ask for it again.",
    });
  });
});

describe("what a worker hands back", () => {
  const spoilt = (result: object) => result as BuildResult;

  test.for<[what: string, given: object, error: string]>([
    ["has no cost", { dailyCost: "free" }, "(dailyCost: Invalid input: expected number, received string)"],
    ["has resources of another kind", { resources: [{ type: 7 }] }, "(resources[0].type: Invalid input"],
    ["is of another job", { type: "template_version_import" }, '(type: Invalid input: expected "workspace_build")'],
  ])("fails the job with what is wrong when it %s, and keeps the state", async ([, given, error]) => {
    const { id } = await queued();
    const job = await scene.acquire();

    expect(await scene.jobs.complete(job, spoilt({ ...buildResult(job), ...given }))).toBe("ok");

    const ended = await jobOf(id);
    expect(ended.job_status).toBe("failed");
    expect(ended.error).toContain("The provisioner answered what this server cannot read");
    expect(ended.error).toContain(error);
    const state = await findBuildState(
      scene.db,
      grantFor("template:update", { id: randomUUID() }),
      scene.sealKey,
      job.buildId,
    );
    expect(Buffer.from(state ?? []).toString()).toContain(job.buildId);
  });

  test("ends the job as failed when it says of a failure what cannot be read", async () => {
    const { id } = await queued();
    const job = await scene.acquire();

    const failure = { error: { text: "broken" }, errorCode: "NEW", state: undefined } as unknown as JobFailure;
    expect(await scene.jobs.fail(job, failure)).toBe("ok");

    expect(await jobOf(id)).toMatchObject({
      job_status: "failed",
      error: "The job failed, and its provisioner said why in words that this server cannot read.",
    });
  });
});

import { randomUUID } from "node:crypto";
import type { BuildJobInput } from "../ground/database/index.ts";
import type { World } from "./world.ts";

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

type Worldly = Pick<World, "db" | "clock" | "organizationId">;

/** A workspace as a row: nothing has built it. */
export async function insertWorkspaceRow(
  { db, clock, organizationId }: Worldly,
  { ownerId, templateId, name }: { readonly ownerId: string; readonly templateId: string; readonly name: string },
): Promise<WorkspaceFixture> {
  const id = randomUUID();
  const now = new Date(clock.now());
  await db
    .insertInto("workspaces")
    .values({
      id,
      owner_id: ownerId,
      organization_id: organizationId,
      template_id: templateId,
      name,
      last_used_at: now,
      host_key_seed: Buffer.alloc(32, 7),
      created_at: now,
      updated_at: now,
    })
    .execute();
  return { id, name, ownerId };
}

/** A workspace's next build as rows, its job in the state that is said; no worker is told. */
export async function insertBuildRow(
  { db, clock, organizationId }: Worldly,
  workspaceId: string,
  build: Required<NewBuild> & { readonly ownerId: string; readonly versionId: string; readonly fileId: string },
): Promise<BuildFixture> {
  const [id, jobId] = [randomUUID(), randomUUID()];
  const now = new Date(clock.now());
  const times = { created_at: now, updated_at: now };
  const input: BuildJobInput = { workspace_build_id: id, workspace_id: workspaceId, owner_id: build.ownerId };
  await db
    .insertInto("provisioner_jobs")
    .values({
      id: jobId,
      organization_id: organizationId,
      initiator_id: build.initiatorId,
      type: "workspace_build",
      file_id: build.fileId,
      input: JSON.stringify(input),
      tags: "{}",
      ...times,
    })
    .execute();
  const previous = await db
    .selectFrom("workspace_builds")
    .select((eb) => eb.fn.max("build_number").as("number"))
    .where("workspace_id", "=", workspaceId)
    .executeTakeFirst();
  const number = (previous?.number ?? 0) + 1;
  await db
    .insertInto("workspace_builds")
    .values({
      id,
      workspace_id: workspaceId,
      template_version_id: build.versionId,
      build_number: number,
      transition: build.transition,
      stage: build.stage,
      initiator_id: build.initiatorId,
      job_id: jobId,
      ...times,
    })
    .execute();
  await setJobRow({ db, clock }, jobId, build.jobStatus);
  return { id, jobId, number };
}

/** Says that a job waits, runs or has ended, as of now. */
export async function setJobRow(
  { db, clock }: Pick<World, "db" | "clock">,
  jobId: string,
  status: NonNullable<NewBuild["jobStatus"]>,
): Promise<void> {
  const now = new Date(clock.now());
  const isOver = ["succeeded", "failed", "canceled"].includes(status);
  await db
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

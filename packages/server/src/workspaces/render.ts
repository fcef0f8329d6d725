import type * as api from "@hearth/sdk";
import { listResources } from "../agents/index.ts";
import type { Db, Tx } from "../ground/database/index.ts";
import { matchedProvisioners, queuePositions, requirementKey, type JobRow } from "../jobs/index.ts";
import { findWorkspaceRecords, type BuildRecord, type WorkspaceRecord } from "./records.ts";
import { toApiBuild, type BuildExtras } from "./to-api-build.ts";
import { toApiWorkspace } from "./to-api-workspace.ts";

/**
 * What builds show beside their records, by job id: resources of those whose jobs have ended, place in the queue and
 * matching daemons of those that wait. A constant number of statements for any number of builds.
 */
export async function findBuildExtras(
  db: Db | Tx,
  jobs: readonly JobRow[],
  nowMs: number,
): Promise<(job: JobRow) => BuildExtras> {
  const pending = jobs.filter((job) => job.job_status === "pending");
  const ended = jobs.filter((job) => job.completed_at !== null);
  const [resources, queue, matched] = await Promise.all([
    listResources(db, idsOf(ended), nowMs),
    queuePositions(db, idsOf(pending), nowMs),
    findMatched(db, pending, nowMs),
  ]);
  return (job) => ({
    resources: resources.get(job.id) ?? [],
    queue: queue.get(job.id),
    matched: job.job_status === "pending" ? matched.get(requirementKey(job)) : undefined,
  });
}

/** The workspaces of these ids as the API shows them, in the same order; see {@link findWorkspaceRecords}. */
export async function renderWorkspaces(
  db: Db | Tx,
  ids: readonly string[],
  { viewerId, nowMs }: { viewerId: string | undefined; nowMs: number },
): Promise<api.Workspace[]> {
  const records = await findWorkspaceRecords(db, ids);
  return await renderWorkspaceRecords(db, records, { viewerId, nowMs });
}

export async function renderWorkspaceRecords(
  db: Db | Tx,
  records: readonly WorkspaceRecord[],
  { viewerId, nowMs }: { viewerId: string | undefined; nowMs: number },
): Promise<api.Workspace[]> {
  const extrasOf = await findBuildExtras(
    db,
    records.map((record) => record.latest.job),
    nowMs,
  );
  return records.map((record) => toApiWorkspace(record, extrasOf(record.latest.job), viewerId));
}

export async function renderBuilds(
  db: Db | Tx,
  records: readonly BuildRecord[],
  nowMs: number,
): Promise<api.WorkspaceBuild[]> {
  const extrasOf = await findBuildExtras(
    db,
    records.map((record) => record.job),
    nowMs,
  );
  return records.map((record) => toApiBuild(record, extrasOf(record.job)));
}

/** Jobs that require the same have the same matches: asked for once, and there are few kinds. */
async function findMatched(
  db: Db | Tx,
  jobs: readonly JobRow[],
  nowMs: number,
): Promise<Map<string, api.MatchedProvisioners>> {
  const distinct = new Map(jobs.map((job) => [requirementKey(job), job]));
  return new Map(
    await Promise.all(
      [...distinct].map(async ([key, job]) => [key, await matchedProvisioners(db, job, nowMs)] as const),
    ),
  );
}

function idsOf(jobs: readonly JobRow[]): string[] {
  return jobs.map((job) => job.id);
}

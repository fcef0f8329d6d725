import { ApiError } from "../api-error.ts";
import { cancelBuild, createBuild } from "../endpoints/builds.ts";
import { getWorkspace } from "../endpoints/workspaces.ts";
import type { WorkspaceTransition } from "../schemas/provisioners.ts";
import type { Workspace } from "../schemas/workspaces.ts";
import { WorkspaceFailed } from "./errors.ts";
import type { Means } from "./means.ts";
import { progressOf, type WantedBuild } from "./settle.ts";
import { watchUntil } from "./watch.ts";

/** Somebody else may begin another build each time that one has ended. */
const deletionAttempts = 5;

/** Starts or stops it, and waits until that is done. @throws ApiError `build_active`, …; WorkspaceFailed; the signal's reason */
export async function build(id: string, transition: WorkspaceTransition, means: Means): Promise<Workspace> {
  const { client, signal } = means;
  const params = { workspace: id };
  const begun = await client.call(createBuild, { params, body: { transition }, signal });
  const query = { include_deleted: true };
  return await settled(await client.call(getWorkspace, { params, query, signal }), begun, means);
}

/**
 * Deletes it and waits until that is done. What is under way is canceled where that is allowed, and waited for. One that is
 * deleted already is no fault.
 */
export async function deleteWorkspace(id: string, means: Means): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await build(id, "delete", means);
      return;
    } catch (error) {
      if (isGone(error)) return;
      const isBusy = error instanceof ApiError && error.code === "build_active";
      if (!isBusy || attempt === deletionAttempts) throw error;
      await untilIdle(id, means);
    }
  }
}

const isGone = (error: unknown): boolean => error instanceof ApiError && (error.status === 404 || error.status === 410);

async function untilIdle(id: string, means: Means): Promise<void> {
  const { client, signal } = means;
  const canceled = new Set<string>();
  await watchUntil(client, id, means, ({ latest_build: { id: buildId, job } }) => {
    if (job.status !== "pending" && job.status !== "running" && job.status !== "canceling") return true;
    if (canceled.has(buildId)) return undefined;
    canceled.add(buildId);
    // Where it may not be, it is waited for.
    client.call(cancelBuild, { params: { workspacebuild: buildId }, query: {}, signal }).catch(() => undefined);
    return undefined;
  });
}

/** A workspace once a build of it has come to its end. @throws WorkspaceFailed when that is no good one */
export async function settled(now: Workspace, awaited: WantedBuild, means: Means): Promise<Workspace> {
  return judge(now, awaited) ?? (await watchUntil(means.client, now.id, means, (it) => judge(it, awaited)));
}

function judge(workspace: Workspace, awaited: WantedBuild): Workspace | undefined {
  const progress = progressOf(workspace, awaited);
  if (progress.is === "failed") throw new WorkspaceFailed(progress.why, workspace);
  return progress.is === "done" ? workspace : undefined;
}

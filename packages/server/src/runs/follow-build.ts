import { ApiError } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import type { Db } from "../ground/database/index.ts";
import type { EventStream } from "../ground/http/index.ts";
import { followLines } from "../ground/live/index.ts";
import type { JobLogTopics } from "../jobs/index.ts";
import { renderWorkspaces } from "../workspaces/index.ts";

/**
 * Tells of a build as events, `build` with its state and each `log` line, until it has ended; gives the workspace as it is
 * then. One that has ended already is told of by nothing. @throws ApiError `precondition_failed` when it did not succeed
 */
export async function followBuild(
  { db, logs, nowMs }: { readonly db: Db; readonly logs: JobLogTopics; readonly nowMs: () => number },
  stream: EventStream,
  workspace: api.Workspace,
): Promise<api.Workspace> {
  const { job } = workspace.latest_build;
  let now = workspace;
  if (job.completed_at === undefined) {
    await stream.send("build", { id: workspace.latest_build.id, status: job.status });
    using seat = logs.join(job.id);
    await followLines(seat, {
      after: 0,
      signal: stream.signal,
      asksEnd: () => true,
      async send(lines) {
        for (const line of lines) await stream.send("log", line);
      },
    });
    stream.signal.throwIfAborted();
    now =
      (await renderWorkspaces(db, [workspace.id], { viewerId: workspace.owner_id, nowMs: nowMs() }))[0] ?? workspace;
    await stream.send("build", { id: now.latest_build.id, status: now.latest_build.job.status });
  }
  const { status, error = "" } = now.latest_build.job;
  if (status === "succeeded") return now;
  throw new ApiError("precondition_failed", `The build of the workspace ${status}.`, { detail: error });
}

/** The agent of that name, or the only one. @throws ApiError `precondition_failed` */
export function agentOf(workspace: api.Workspace, name: string | undefined): api.WorkspaceAgent {
  const agents = workspace.latest_build.resources.flatMap((resource) => resource.agents ?? []);
  const found = name === undefined ? agents : agents.filter((agent) => agent.name === name);
  if (found.length === 1 && found[0] !== undefined) return found[0];
  const names = agents.map((agent) => agent.name).join(", ");
  throw new ApiError(
    "precondition_failed",
    `Say by "agent" in which of the workspace's agents it is to run: ${names || "there is none"}.`,
  );
}

import { systemClock } from "@hearth/base";
import { ApiError, endpoints, type Client, type Workspace } from "@hearth/sdk";
import { followLog } from "../streams/follow-log.ts";

/**
 * Stops a workspace and starts it again, once the stop is done: its log ends when its state is final. Leaving the page
 * in between leaves the workspace stopped.
 * @throws ApiError of either build; `conflict` when the stop did not succeed
 */
export async function restartWorkspace(client: Client, workspace: Workspace): Promise<void> {
  const params = { workspace: workspace.id };
  const stop = await client.call(endpoints.builds.createBuild, {
    params,
    body: { transition: "stop", reason: "dashboard" },
  });
  const { signal } = new AbortController();
  await followLog({ client, clock: systemClock, source: { kind: "build", buildId: stop.id }, signal }).done;
  const { job } = await client.call(endpoints.builds.getBuild, { params: { workspacebuild: stop.id } });
  if (job.status !== "succeeded") {
    throw new ApiError("conflict", `${workspace.name} could not be stopped, so it was not started again.`, {
      detail: job.error,
    });
  }
  await client.call(endpoints.builds.createBuild, { params, body: { transition: "start", reason: "dashboard" } });
}

import { once } from "node:events";
import { WebSocket } from "ws";
import { endpoints, type Client, type Workspace, type WorkspaceAgent } from "@hearth/sdk";
import { within } from "./within.ts";

/** The only agent of a workspace, where the answer names it. */
export function agentOf(workspace: Workspace): WorkspaceAgent | undefined {
  return workspace.latest_build.resources.flatMap(({ agents }) => agents ?? [])[0];
}

/** A workspace that is built: its agent is there when the build's log ends, as `hearth create` follows it. No polling. */
export async function agentOfBuild(client: Client, { id, latest_build: build }: Workspace): Promise<WorkspaceAgent> {
  await untilLogEnds(client, build.id);
  const workspace = await client.call(endpoints.workspaces.getWorkspace, { params: { workspace: id } });
  const agent = agentOf(workspace);
  if (agent === undefined) throw new Error(`${workspace.name} has no agent: ${workspace.latest_build.job.error}`);
  return agent;
}

/** Resolves when the build's job is over. */
async function untilLogEnds(client: Client, buildId: string): Promise<void> {
  const url = client.urlOf(
    endpoints.builds.getBuildLogs,
    { params: { workspacebuild: buildId }, query: { follow: true } },
    "ws",
  );
  const socket = new WebSocket(url, {
    headers: { "Coder-Session-Token": client.token ?? "" },
    perMessageDeflate: false,
  });
  await within(`the end of build ${buildId}`, once(socket, "close"));
}

/** Deletes a workspace and waits until it is gone, so that one run does not weigh on the next. */
export async function remove(client: Client, workspaceId: string): Promise<void> {
  const { id } = await client.call(endpoints.builds.createBuild, {
    params: { workspace: workspaceId },
    body: { transition: "delete" },
  });
  await untilLogEnds(client, id);
}

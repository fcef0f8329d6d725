import { once } from "node:events";
import { Client as SshClient } from "ssh2";
import { WebSocket } from "ws";
import { endpoints, type Client, type Workspace } from "@hearth/sdk";
import { webSocketStream } from "@hearth/wire";

/** Opens the agent's SSH port through `dial` and waits for the first byte that `echo` prints. */
export async function firstOutput(client: Client, agentId: string): Promise<void> {
  const url = client.urlOf(
    endpoints.hearth.dial,
    { params: { workspaceagent: agentId }, query: { port: 1, wait: "ready" } },
    "ws",
  );
  const socket = new WebSocket(url, {
    headers: { "Coder-Session-Token": client.token ?? "" },
    perMessageDeflate: false,
  });
  // Before the socket is open, so that no byte can be missed.
  const sock = webSocketStream(socket);
  const ssh = new SshClient();
  const ready = once(ssh, "ready");
  ssh.connect({ sock, username: "bench", hostVerifier: () => true });
  await ready;
  const first = Promise.withResolvers<void>();
  ssh.exec("echo hi", (error, channel) => {
    if (error !== undefined) first.reject(error);
    else channel.once("data", () => first.resolve());
  });
  await first.promise;
  ssh.end();
}

/** Creates a workspace and waits for its first output. No polling: a workspace that is built is followed by its log. */
export async function createToFirstOutput(
  client: Client,
  body: { template_id: string; template_version_preset_id?: string; name: string },
): Promise<{ ms: number; workspace: Workspace }> {
  const startedAt = performance.now();
  const workspace = await client.call(endpoints.workspaces.createWorkspace, { params: { user: "me" }, body });
  const agentId = agentOf(workspace) ?? (await agentOfBuild(client, workspace));
  await firstOutput(client, agentId);
  return { ms: performance.now() - startedAt, workspace };
}

function agentOf(workspace: Workspace): string | undefined {
  return workspace.latest_build.resources.flatMap(({ agents }) => agents ?? [])[0]?.id;
}

/** A workspace that is built: its agent is there when the build's log ends, as `hearth create` follows it. */
async function agentOfBuild(client: Client, { id, latest_build: build }: Workspace): Promise<string> {
  await untilLogEnds(client, build.id);
  const workspace = await client.call(endpoints.workspaces.getWorkspace, { params: { workspace: id } });
  const agentId = agentOf(workspace);
  if (agentId === undefined) throw new Error(`${workspace.name} has no agent: ${workspace.latest_build.job.error}`);
  return agentId;
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
  await once(socket, "close");
}

/** Deletes a workspace and waits until it is gone, so that one run does not weigh on the next. */
export async function remove(client: Client, workspace: Workspace): Promise<void> {
  const { id } = await client.call(endpoints.builds.createBuild, {
    params: { workspace: workspace.id },
    body: { transition: "delete" },
  });
  await untilLogEnds(client, id);
}

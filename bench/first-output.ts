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

/** Creates a workspace and waits for its first output. No polling: a workspace that is built is followed by its events. */
export async function createToFirstOutput(
  client: Client,
  body: { template_id: string; template_version_preset_id?: string; name: string },
): Promise<{ ms: number; workspace: Workspace }> {
  const startedAt = performance.now();
  const workspace = await client.call(endpoints.workspaces.createWorkspace, { params: { user: "me" }, body });
  const agentId = agentOf(workspace) ?? (await agentByEvents(client, workspace.id));
  await firstOutput(client, agentId);
  return { ms: performance.now() - startedAt, workspace };
}

function agentOf(workspace: Workspace): string | undefined {
  return workspace.latest_build.resources.flatMap(({ agents }) => agents ?? [])[0]?.id;
}

async function agentByEvents(client: Client, id: string): Promise<string> {
  const url = client.urlOf(endpoints.workspaces.watchWorkspaceSocket, { params: { workspace: id } }, "ws");
  const socket = new WebSocket(url, {
    headers: { "Coder-Session-Token": client.token ?? "" },
    perMessageDeflate: false,
  });
  const found = Promise.withResolvers<string>();
  socket.on("message", (data: Buffer) => {
    const event = JSON.parse(data.toString("utf8")) as { type: string; data: Workspace | null }; // the contract's shape
    const agentId = event.data === null ? undefined : agentOf(event.data);
    if (agentId !== undefined) found.resolve(agentId);
    if (event.data?.latest_build.status === "failed") found.reject(new Error(event.data.latest_build.job.error));
  });
  socket.on("error", found.reject);
  try {
    return await found.promise;
  } finally {
    socket.close();
  }
}

/** Deletes a workspace and waits until it is gone, so that one run does not weigh on the next. */
export async function remove(client: Client, workspace: Workspace): Promise<void> {
  const { id } = await client.call(endpoints.builds.createBuild, {
    params: { workspace: workspace.id },
    body: { transition: "delete" },
  });
  const url = client.urlOf(
    endpoints.builds.getBuildLogs,
    { params: { workspacebuild: id }, query: { follow: true } },
    "ws",
  );
  const socket = new WebSocket(url, { headers: { "Coder-Session-Token": client.token ?? "" } });
  await once(socket, "close");
}

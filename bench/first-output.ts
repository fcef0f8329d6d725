import { once } from "node:events";
import { Client as SshClient } from "ssh2";
import { WebSocket } from "ws";
import { endpoints, openCommands, type Client } from "@hearth/sdk";
import { webSocketStream } from "@hearth/wire";
import { within } from "./within.ts";

/** Opens a connection for commands to the agent and waits for the first byte that `echo` prints. */
export async function firstOutputByExec(client: Client, agentId: string): Promise<void> {
  using connection = await within("a connection for commands", openCommands(client, agentId, { wait: "ready" }));
  const command = connection.start({ shell: "echo hi" });
  const reader = command.output.getReader();
  const { done } = await within("the output of echo", reader.read());
  if (done) throw new Error("echo printed nothing");
}

/** Opens the agent's SSH port through `dial` and waits for the first byte that `echo` prints. */
export async function firstOutputBySsh(client: Client, agentId: string): Promise<void> {
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
  await within("an SSH connection", ready);
  const first = Promise.withResolvers<void>();
  ssh.exec("echo hi", (error, channel) => {
    if (error !== undefined) first.reject(error);
    else channel.once("data", () => first.resolve());
  });
  await within("the output of echo by SSH", first.promise);
  ssh.end();
}

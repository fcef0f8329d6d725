import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { onAbort } from "@hearth/base";
import type { Channel } from "ssh2";
import type { SshConnection } from "#ssh/connection.ts";
import { expectChannel, joinChannel } from "#ssh/join-channel.ts";

/** The parts of a connection that ssh2 does not publish; it can speak of an agent's channel but not open one. */
interface ConnectionInternals {
  readonly _chanMgr: { add(onOpen: OnOpen): number };
  readonly _protocol: { openssh_authAgent(id: number, window: number, packetSize: number): void };
}

type OnOpen = ((error: Error | undefined, channel: Channel) => void) & { type?: string };

/** What ssh2 itself opens channels with. */
const windowBytes = 2 * 1024 * 1024;
const packetBytes = 32 * 1024;

/**
 * Makes the client's key agent reachable in the workspace until the connection ends. Gives the path of the socket
 * (`SSH_AUTH_SOCK`), which only our user can reach.
 */
export function forwardAgent(context: SshConnection): string {
  mkdirSync(context.directory, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(context.directory, "agent-"));
  const path = join(folder, "socket");
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    expectChannel(socket);
    openAgentChannel(context, (error, channel) => {
      if (error) socket.destroy();
      else joinChannel(channel, socket, context);
    });
  });
  server.on("error", (error) => context.log.warn({ err: error }, "agent forwarding failed to listen"));
  server.listen(path);
  // As long as the connection, which is what `ended` ends with.
  onAbort(context.ended, () => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return path;
}

function openAgentChannel({ connection }: SshConnection, onOpen: OnOpen): void {
  // A connection of the pinned version has these; the test with a real agent would show it if one were missing.
  const internals = connection as unknown as ConnectionInternals;
  onOpen.type = "auth-agent@openssh.com";
  const id = internals._chanMgr.add(onOpen);
  if (id === -1) onOpen(new Error("No channel is free."), undefined as never); // the error is what is looked at
  else internals._protocol.openssh_authAgent(id, windowBytes, packetBytes);
}

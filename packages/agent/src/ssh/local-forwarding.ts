import { connect, type NetConnectOpts, type Socket } from "node:net";
import type { Channel } from "ssh2";
import type { SshConnection } from "#ssh/connection.ts";
import { joinChannel } from "#ssh/join-channel.ts";

/** `ssh -L` and `-D`, to TCP ports and Unix sockets: connects from inside the workspace to where the client wants. */
export function serveLocalForwarding(context: SshConnection): void {
  const { connection, policy } = context;
  if (policy.blocksLocalForwarding) return; // without a listener ssh2 answers "administratively prohibited"
  connection.on("tcpip", (accept, reject, { destIP, destPort }) => {
    forward({ host: destIP, port: destPort }, accept, reject, context);
  });
  connection.on("openssh.streamlocal", (accept, reject, { socketPath }) => {
    forward({ path: socketPath }, accept, reject, context);
  });
}

function forward(target: NetConnectOpts, accept: () => Channel, reject: () => void, context: SshConnection): void {
  const socket: Socket = connect({ ...target, allowHalfOpen: true, noDelay: true });
  let isAnswered = false;
  socket.on("error", (error) => {
    if (isAnswered) return; // of what is joined the join hears itself
    isAnswered = true;
    context.log.debug({ err: error }, "forwarding found nobody");
    reject();
  });
  socket.once("connect", () => {
    isAnswered = true;
    if (context.ended.aborted) socket.destroy();
    else joinChannel(accept(), socket, context);
  });
}

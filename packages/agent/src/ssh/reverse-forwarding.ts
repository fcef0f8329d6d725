import { rmSync } from "node:fs";
import { connect, createServer, type ListenOptions, type Server, type Socket } from "node:net";
import { onAbort } from "@hearth/base";
import type { Connection, ServerChannel } from "ssh2";
import type { SshConnection } from "#ssh/connection.ts";
import { expectChannel, joinChannel } from "#ssh/join-channel.ts";

/** ssh2 has this, its types do not. */
interface StreamLocalForwarding {
  openssh_forwardOutStreamLocal(
    socketPath: string,
    callback: (error: Error | undefined, channel: ServerChannel) => void,
  ): void;
}

type Request =
  | "tcpip-forward"
  | "cancel-tcpip-forward"
  | "streamlocal-forward@openssh.com"
  | "cancel-streamlocal-forward@openssh.com";

/** `ssh -R`, from TCP ports and Unix sockets: listens in the workspace and brings each connection to the client. */
export function serveReverseForwarding(context: SshConnection): void {
  const { connection, policy, ended } = context;
  const listening = new Map<string, Server>();
  // As long as the connection, which is what `ended` ends with.
  onAbort(ended, () => {
    for (const server of listening.values()) server.close();
  });
  if (policy.blocksReverseForwarding) return; // without a listener ssh2 refuses each request
  // One listener for all requests: the overloads of the types speak of one name at a time.
  const emitter = connection as { on(event: "request", listener: RequestListener): unknown };
  emitter.on("request", (accept, reject, name, info) => {
    switch (name) {
      case "tcpip-forward":
        listenTcp(info.bindAddr ?? "", info.bindPort ?? 0, accept, reject);
        break;
      case "streamlocal-forward@openssh.com":
        listenPath(info.socketPath ?? "", accept, reject);
        break;
      case "cancel-tcpip-forward":
        stop(`${info.bindAddr}:${info.bindPort}`, accept, reject);
        break;
      case "cancel-streamlocal-forward@openssh.com":
        stop(info.socketPath ?? "", accept, reject);
        break;
    }
  });

  function listenTcp(address: string, port: number, accept: Accept, reject: Reject): void {
    let boundPort = port;
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      expectChannel(socket);
      // The client finds its forwarding by the address as it gave it.
      const { remoteAddress = "", remotePort = 0 } = socket;
      connection.forwardOut(address, boundPort, remoteAddress, remotePort, (error, channel) => {
        bring(socket, error, channel);
      });
    });
    listen(server, { host: hostToListenOn(address), port }, reject, () => {
      const bound = server.address();
      boundPort = typeof bound === "object" && bound !== null ? bound.port : port;
      listening.set(`${address}:${boundPort}`, server);
      accept?.(boundPort);
    });
  }

  function listenPath(path: string, accept: Accept, reject: Reject): void {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      expectChannel(socket);
      const forwarder = connection as Connection & StreamLocalForwarding;
      forwarder.openssh_forwardOutStreamLocal(path, (error, channel) => bring(socket, error, channel));
    });
    const begin = (): void =>
      listen(server, { path }, reject, () => {
        listening.set(path, server);
        accept?.();
      });
    removeDeadSocket(path, begin);
  }

  function listen(server: Server, where: ListenOptions, reject: Reject, onListening: () => void): void {
    const onError = (error: Error): void => {
      context.log.debug({ err: error }, "reverse forwarding could not listen");
      reject?.();
    };
    server.on("error", onError);
    server.listen(where, () => {
      server.removeListener("error", onError);
      server.on("error", (error) => context.log.warn({ err: error }, "reverse forwarding failed to accept"));
      if (ended.aborted) server.close();
      else onListening();
    });
  }

  function bring(socket: Socket, error: Error | undefined, channel: ServerChannel): void {
    if (error) socket.destroy();
    else joinChannel(channel, socket, context);
  }

  function stop(key: string, accept: Accept, reject: Reject): void {
    const server = listening.get(key);
    listening.delete(key);
    if (!server) return reject?.();
    server.close();
    accept?.();
  }
}

type Accept = ((port?: number) => void) | undefined;
type Reject = (() => void) | undefined;
type RequestListener = (
  accept: Accept,
  reject: Reject,
  name: Request,
  info: { bindAddr?: string; bindPort?: number; socketPath?: string },
) => void;

/** RFC 4254, section 7.1: empty and `*` mean every address, `localhost` the loopback. */
function hostToListenOn(address: string): string {
  if (address === "" || address === "*") return "0.0.0.0";
  return address === "localhost" ? "127.0.0.1" : address;
}

/** A connection that was lost leaves its socket behind; one that nobody answers on is taken away. */
function removeDeadSocket(path: string, then: () => void): void {
  const probe = connect({ path });
  let isKnown = false;
  const know = (isDead: boolean): void => {
    if (isKnown) return;
    isKnown = true;
    probe.destroy();
    if (isDead) rmSync(path, { force: true });
    then();
  };
  probe.once("connect", () => know(false));
  probe.on("error", (error) => know("code" in error && error.code === "ECONNREFUSED"));
}

import { connect, createServer, type Socket } from "node:net";
import { once } from "node:events";
import { pipeline } from "node:stream/promises";
import { messageOf } from "@hearth/base";
import type { Client, ClientChannel } from "ssh2";
import { Failure } from "#means/failure.ts";
import type { Out } from "#means/out.ts";
import type { Forward } from "./forwards.ts";

/**
 * Listens here and connects each connection to an address that the far end reaches (`-L`). Resolves once it listens.
 * @throws Failure when the port cannot be had.
 */
export async function forwardLocal(client: Client, forward: Forward, out: Out): Promise<AsyncDisposable> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy()); // it may be gone before there is a channel for it
    const refuse = (error: unknown) => {
      out.warn(`-L: ${forward.host}:${forward.port} refused: ${messageOf(error)}`);
      socket.destroy();
    };
    const { remoteAddress = "127.0.0.1", remotePort = 0 } = socket;
    try {
      client.forwardOut(remoteAddress, remotePort, forward.host, forward.port, (error, channel) => {
        if (error) refuse(error);
        else void join(socket, channel);
      });
    } catch (error) {
      refuse(error); // the connection has just ended
    }
  });
  server.listen(forward.bindPort, forward.bindHost ?? "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    throw new Failure(`Port ${forward.bindPort} cannot be listened on.`, { cause: error, details: [String(error)] });
  }
  server.on("error", (error) => out.warn(`-L: ${messageOf(error)}`));
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}

/**
 * Lets the far end listen and connects each connection to an address that we reach (`-R`). Resolves once it listens.
 * @throws Failure when the far end refuses.
 */
export async function forwardRemote(client: Client, forwards: readonly Forward[], out: Out): Promise<void> {
  const byPort = new Map<number, Forward>();
  client.on("tcp connection", ({ destPort }, accept, reject) => {
    const forward = byPort.get(destPort);
    if (forward === undefined) {
      reject();
      return;
    }
    const socket = connect({ host: forward.host, port: forward.port, allowHalfOpen: true, noDelay: true });
    let isConnected = false;
    socket.once("connect", () => {
      isConnected = true;
      void join(socket, accept());
    });
    socket.on("error", (error) => {
      if (isConnected) return; // `join` ends the channel with it
      out.warn(`-R: ${forward.host}:${forward.port} cannot be reached: ${error.message}`);
      reject();
    });
  });
  for (const forward of forwards) {
    const bound = await new Promise<number>((resolve, reject) => {
      client.forwardIn(forward.bindHost ?? "localhost", forward.bindPort, (error, port) => {
        if (error)
          reject(
            new Failure(`The workspace refuses to listen on port ${forward.bindPort} (-R).`, {
              cause: error,
              details: [error.message],
            }),
          );
        else resolve(forward.bindPort === 0 ? port : forward.bindPort);
      });
    });
    byPort.set(bound, forward);
    if (forward.bindPort === 0) out.note(`Allocated port ${bound} for -R to ${forward.host}:${forward.port}.`);
  }
}

async function join(socket: Socket, channel: ClientChannel): Promise<void> {
  try {
    await Promise.all([pipeline(socket, channel), pipeline(channel, socket)]);
  } catch {
    // One end broke the connection, which is what the other is told, too; there is nobody else to tell.
    socket.destroy();
    channel.destroy();
  }
}

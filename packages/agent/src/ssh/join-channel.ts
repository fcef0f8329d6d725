import type { Socket } from "node:net";
import type { Channel } from "ssh2";
import { ChannelOutput } from "#ssh/channel-output.ts";
import type { SshConnection } from "#ssh/connection.ts";

/**
 * For a socket that waits for its channel: it may break before anybody pipes it, and what nobody hears ends the process.
 * `joinChannel` sees that it is gone.
 */
export function expectChannel(socket: Socket): void {
  socket.on("error", () => undefined);
}

/**
 * Makes a channel and a socket one connection: each direction ends by itself, and both are gone when both have ended or
 * one of them failed.
 */
export function joinChannel(channel: Channel, socket: Socket, { gate, ended }: SshConnection): void {
  const output = new ChannelOutput(channel, gate);
  if (socket.destroyed) {
    output.close();
    channel.resume(); // what the peer has sent already keeps it from closing
    return;
  }
  channel.pipe(socket);
  socket.pipe(output.stdout);
  output.stdout.once("finish", () => output.end());
  socket.on("error", () => undefined); // `close` follows and does what is to be done
  socket.once("close", () => {
    ended.removeEventListener("abort", onEnded);
    output.close();
  });
  channel.once("close", () => {
    output.abandon();
    socket.destroySoon();
  });
  const onEnded = (): void => {
    output.abandon();
    socket.destroySoon();
  };
  ended.addEventListener("abort", onEnded, { once: true });
}

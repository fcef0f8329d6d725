import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { SessionPair } from "../testing/session-pair.ts";
import { acceptDials } from "./accept-dial.ts";
import { dial } from "./dial.ts";
import { dialLoopback } from "./dial-loopback.ts";

async function listen(
  onConnection: (socket: Socket) => void,
): Promise<AsyncDisposable & { port: number; server: Server }> {
  const server = createServer({ allowHalfOpen: true }, onConnection);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    port,
    server,
    async [Symbol.asyncDispose]() {
      await new Promise((closed) => server.close(closed));
    },
  };
}

class Workspace extends SessionPair {
  readonly accepting = acceptDials(this.client, (request) => dialLoopback(request), this);

  dial(port: number) {
    return dial(this.server, { port, clock: this.clock });
  }
}

describe("a port inside the workspace", () => {
  test("is reached, half-close kept in both directions", async () => {
    await using server = await listen((socket) => {
      void buffer(socket).then((question) => socket.end(`${question.toString()} answered`));
    });
    await using workspace = new Workspace();
    const connection = await workspace.dial(server.port);

    connection.end("question");

    expect(await buffer(connection)).toEqual(Buffer.from("question answered"));
  });

  test("that nobody listens on refuses", async () => {
    const { port } = await (async () => {
      await using server = await listen(() => undefined);
      return server;
    })();
    await using workspace = new Workspace();

    await expect(workspace.dial(port)).rejects.toMatchObject({ name: "DialRefused", reason: "refused" });
  });

  test("carries megabytes both ways at once", async () => {
    await using server = await listen((socket) => void socket.pipe(socket));
    await using workspace = new Workspace();
    const connection = await workspace.dial(server.port);
    const sent = Buffer.alloc(5_000_000, "0123456789");
    connection.end(sent);

    expect((await buffer(connection)).equals(sent)).toBe(true);
  });

  test("that cuts the connection breaks it for the dialler", async () => {
    await using server = await listen((socket) => socket.once("data", () => socket.resetAndDestroy()));
    await using workspace = new Workspace();
    const connection = await workspace.dial(server.port);
    connection.write("x");

    await expect(once(connection, "error")).resolves.toMatchObject([{ name: "StreamReset" }]);
  });

  test("sees the connection cut when the dialler cuts it", async () => {
    const { promise: cut, resolve } = Promise.withResolvers<void>();
    await using server = await listen((socket) => {
      socket.on("error", () => undefined);
      socket.resume().on("close", () => resolve());
      socket.on("end", () => socket.end());
    });
    await using workspace = new Workspace();
    (await workspace.dial(server.port)).destroy();

    await cut;
  });

  test("is not connected to when the dialler has left", async () => {
    await expect(dialLoopback({ port: 9, signal: AbortSignal.abort(new Error("gone")) })).rejects.toThrow("gone");
  });

  test("of a host that cannot be reached is unreachable", async () => {
    const { signal } = new AbortController();

    await expect(dialLoopback({ port: 9, signal }, { host: "255.255.255.255" })).rejects.toMatchObject({
      reason: "unreachable",
    });
  });
});

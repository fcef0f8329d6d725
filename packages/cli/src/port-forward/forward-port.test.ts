import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { buffer, text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { Failure } from "#means/failure.ts";
import { forwardPort } from "./forward-port.ts";

/** A server in the workspace's place, and streams to it as `dial` gives them. */
async function target(
  onConnection: Parameters<typeof createServer>[1],
): Promise<{ server: Server; dial: () => Promise<ReturnType<typeof connect>> }> {
  const server = createServer({ allowHalfOpen: true }, onConnection).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return { server, dial: async () => connect({ port, host: "127.0.0.1", allowHalfOpen: false }) };
}

const silent = { onError: () => undefined, onAnswer: () => undefined };
const free = { host: "127.0.0.1", localPort: 0, remotePort: 80 };

test("bytes go both ways, many connections at once", async () => {
  const { server, dial } = await target((socket) => socket.pipe(socket));
  await using forwarded = await forwardPort(free, dial, silent);

  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const socket = connect(forwarded.localPort, "127.0.0.1");
      socket.write(`hello ${index}`);
      const [echoed] = (await once(socket, "data")) as [Buffer];
      socket.destroy();
      return echoed.toString();
    }),
  );

  expect(answers).toEqual(Array.from({ length: 20 }, (_, index) => `hello ${index}`));
  server.close();
});

test("an answer that comes after the caller's end of input still arrives", async () => {
  const { server, dial } = await target((socket) => {
    socket.once("data", () => socket.end("the answer"));
  });
  await using forwarded = await forwardPort(free, dial, silent);

  const socket = connect({ port: forwarded.localPort, host: "127.0.0.1", allowHalfOpen: true });
  socket.end("question");

  await expect(text(socket)).resolves.toBe("the answer");
  server.close();
});

test("a connection that cannot be made ends, is told, and leaves the port open", async () => {
  const problems: unknown[] = [];
  const refused = new Error("refused");
  await using forwarded = await forwardPort(free, () => Promise.reject(refused), {
    ...silent,
    onError: (error) => problems.push(error),
  });

  const read = async () => buffer(connect(forwarded.localPort, "127.0.0.1"));

  await expect(read()).resolves.toHaveLength(0);
  await expect(read()).resolves.toHaveLength(0);
  expect(problems).toEqual([refused, refused]);
});

test("a port that is taken is named", async () => {
  const { server, dial } = await target(undefined);
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one

  await expect(forwardPort({ ...free, localPort: port }, dial, silent)).rejects.toThrow(Failure);
  await expect(forwardPort({ ...free, localPort: port }, dial, silent)).rejects.toThrow(
    `Port ${port} on 127.0.0.1 cannot be listened on.`,
  );
  server.close();
});

test("a caller who leaves is no failure, before its stream is there or after", async () => {
  const problems: unknown[] = [];
  const { server, dial } = await target((socket) => socket.on("error", () => undefined).write("hello"));
  const asked = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  await using forwarded = await forwardPort(
    free,
    async () => {
      asked.resolve();
      await left.promise;
      const stream = await dial();
      stream.once("close", () => ended.resolve());
      return stream;
    },
    { ...silent, onError: (error) => problems.push(error) },
  );

  const early = connect(forwarded.localPort, "127.0.0.1").on("error", () => undefined);
  await asked.promise;
  early.resetAndDestroy();
  await once(early, "close");
  left.resolve();
  await ended.promise;
  const late = connect(forwarded.localPort, "127.0.0.1").on("error", () => undefined);
  await once(late, "data");
  late.resetAndDestroy();
  await once(late, "close");

  expect(problems).toEqual([]);
  server.close();
});

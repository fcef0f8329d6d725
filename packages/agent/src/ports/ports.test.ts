import { once } from "node:events";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { systemClock } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { TestFolder } from "@hearth/base/test-folder";
import { acceptDial, dial, DialRefused, memoryPair } from "@hearth/wire";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createDialHandler, type DialServices } from "#ports/dial-handler.ts";
import { ListeningPorts } from "#ports/listening-ports.ts";
import { parseProcNet } from "#ports/proc-net.ts";

const heading = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
const row = (port: number, inode: number, { state = "0A", address = "0100007F" } = {}): string =>
  `   0: ${address}:${port.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0000000000000000 100 0 0 10 0`;

test("only what listens is read from the kernel's table", () => {
  const ipv6 = "00000000000000000000000001000000";
  const table = [
    heading,
    row(3000, 11),
    row(3001, 12, { state: "01" }),
    row(8080, 13, { address: ipv6 }),
    "",
    "nonsense",
  ].join("\n");

  expect(parseProcNet(table)).toEqual([
    { port: 3000, inode: "11" },
    { port: 8080, inode: "13" },
  ]);
});

describe("listening ports", () => {
  let scratch: TestFolder;
  let proc: string;
  beforeEach(async () => {
    scratch = new TestFolder();
    proc = scratch.path;
    await mkdir(join(proc, "net"));
    await writeFile(
      join(proc, "net/tcp"),
      [heading, row(3000, 11), row(7, 12), row(8080, 13), row(9999, 14), row(22, 15)].join("\n"),
    );
    await writeFile(join(proc, "net/tcp6"), [heading, row(3000, 21)].join("\n"));
    for (const [pid, name, inodes] of [
      ["100", "node", [11, 21]],
      ["200", "postgres", [12, 15]],
      ["self", "agent", [14]],
    ] as const) {
      await mkdir(join(proc, pid, "fd"), { recursive: true });
      await writeFile(join(proc, pid, "comm"), `${name}\n`);
      for (const inode of inodes) await symlink(`socket:[${inode}]`, join(proc, pid, "fd", String(inode)));
      await symlink("/dev/null", join(proc, pid, "fd/0"));
    }
  });
  afterEach(async () => await scratch[Symbol.asyncDispose]());

  test("each once, in order, from 9 up, with the names of their processes, without the agent's own", async () => {
    const ports = new ListeningPorts({ clock: new FakeClock(), proc });

    expect(await ports.list()).toEqual([
      { process_name: "postgres", network: "tcp", port: 22 },
      { process_name: "node", network: "tcp", port: 3000 },
      { process_name: "", network: "tcp", port: 8080 },
    ]);
  });

  test("the answer is kept for a second", async () => {
    const clock = new FakeClock();
    const ports = new ListeningPorts({ clock, proc });
    await ports.list();
    await writeFile(join(proc, "net/tcp"), heading);
    await writeFile(join(proc, "net/tcp6"), heading);

    await clock.advance(999);
    expect(await ports.list()).toHaveLength(3);
    await clock.advance(1);
    expect(await ports.list()).toEqual([]);
  });

  test("where there is no /proc nothing listens", async () => {
    expect(await new ListeningPorts({ clock: new FakeClock(), proc: join(proc, "nowhere") }).list()).toEqual([]);
  });

  test("the real kernel's table is understood", async () => {
    await using server = await listen({ port: 0 });

    const found = await new ListeningPorts({ clock: systemClock }).list();

    // It is this very process that listens, so it counts as the agent's own.
    expect(found.map(({ port }) => port)).not.toContain(server.port);
    expect(found.every(({ port }) => port >= 9)).toBe(true);
  });
});

/** Gives back what it gets, and ends when the other side does. */
async function listen(where: { port: number; host?: string }): Promise<Server & AsyncDisposable & { port: number }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => void socket.pipe(socket));
  server.listen({ host: "127.0.0.1", ...where });
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port.");
  return Object.assign(server, { port: address.port, [Symbol.asyncDispose]: async () => void server.close() });
}

describe("dials", () => {
  const taken: string[] = [];
  const taker = (name: string) => ({
    accept: (connection: Duplex) => {
      taken.push(name);
      connection.end(name);
      connection.resume();
    },
  });
  const services: DialServices = {
    ssh: async () => taker("ssh"),
    terminals: async () => taker("terminal"),
    http: taker("http"),
    pushes: taker("pushes"),
    onConnection: () => undefined,
    clock: systemClock,
  };

  /** What the server sees when it dials. */
  async function reach(
    port: number,
    { say = "", ...more }: Partial<DialServices> & { say?: string; deadlineMs?: number } = {},
  ): Promise<string> {
    const [ours, theirs] = memoryPair();
    for (const end of [ours, theirs]) end.on("error", () => undefined); // as the streams of a session are
    const { deadlineMs, ...replaced } = more;
    void acceptDial(theirs, createDialHandler({ ...services, ...replaced }), { clock: systemClock });
    const session = { open: () => ours } as unknown as Parameters<typeof dial>[0]; // all that `dial` uses
    const connection = await dial(session, { port, clock: systemClock, deadlineMs });
    connection.end(say);
    let text = "";
    for await (const chunk of connection) text += String(chunk);
    return text;
  }

  test.for([
    [1, "ssh"],
    [22, "ssh"],
    [2, "terminal"],
    [4, "http"],
    [5, "pushes"],
  ] as const)("port %i is the agent's own %s", async ([port, name]) => {
    expect(await reach(port)).toBe(name);
  });

  test.for([3, 6, 7, 8])("port %i is reserved, whatever listens there", async (port) => {
    await expect(reach(port)).rejects.toMatchObject({ name: "DialRefused", reason: "refused" });
  });

  test("any other port is one of the workspace, each direction ended by itself", async () => {
    await using server = await listen({ port: 0 });

    expect(await reach(server.port, { say: "there and back" })).toBe("there and back");
  });

  test("what listens on the loopback of IPv6 only is reached, too", async ({ skip }) => {
    const server = await listen({ port: 0, host: "::1" }).catch(() => undefined);
    if (!server) return skip("no IPv6 here");
    await using _open = server;

    expect(await reach(server.port, { say: "six" })).toBe("six");
  });

  test("a port where nobody listens is refused", async () => {
    const server = await listen({ port: 0 });
    await server[Symbol.asyncDispose]();

    await expect(reach(server.port)).rejects.toMatchObject({ reason: "refused" });
  });

  test("before the manifest the agent's own services are not ready; afterwards whoever waited is served", async () => {
    const known = Promise.withResolvers<void>();
    const waiting = reach(1, { ssh: () => known.promise.then(() => taker("late")) });
    const never: DialServices["ssh"] = (signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

    await expect(reach(1, { ssh: never, deadlineMs: 50 })).rejects.toSatisfy(
      (error) =>
        (error instanceof DialRefused && error.reason === "not ready") || (error as Error).name === "TimeoutError",
    );
    known.resolve();

    expect(await waiting).toBe("late");
  });
});

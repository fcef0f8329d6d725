import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import ssh2 from "ssh2";
import { describe, expect, test } from "vitest";
import { missing, SshForRealClients } from "#ssh/real-clients.ts";

/** A server that gives back what it got, once it got all of it, and then ends. */
async function echoServer(
  where: { port: number; host?: string } | { path: string },
): Promise<Server & AsyncDisposable> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const parts: Buffer[] = [];
    socket.on("data", (part) => parts.push(Buffer.from(part)));
    socket.on("end", () => socket.end(Buffer.concat(parts)));
    socket.on("error", () => undefined); // the other side may be cut
  });
  server.listen({ host: "127.0.0.1", ...where });
  await once(server, "listening");
  return Object.assign(server, { [Symbol.asyncDispose]: async () => void server.close() });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  return address.port;
}

/** Sends everything, ends, and gives what came back. */
async function exchange(socket: Socket, data: Buffer): Promise<Buffer> {
  const parts: Buffer[] = [];
  socket.on("data", (part) => parts.push(Buffer.from(part)));
  socket.end(data);
  await once(socket, "end");
  return Buffer.concat(parts);
}

/** An `ssh -N` that holds a forwarding open. It is up once ssh has logged `sign`. */
async function hold(target: SshForRealClients, args: readonly string[], sign: string): Promise<Disposable> {
  const settings = ["-o", "LogLevel=DEBUG1", "-o", "ExitOnForwardFailure=yes"];
  const child = spawn("ssh", [...settings, ...target.options, "-N", ...args, "localhost"]);
  let log = "";
  await new Promise<void>((resolve, reject) => {
    child.stderr.on("data", (text) => {
      log += String(text);
      if (log.includes(sign)) resolve();
    });
    child.once("exit", (code) => reject(new Error(`ssh ended with ${code}: ${log}`)));
  });
  return { [Symbol.dispose]: () => void child.kill() };
}
const localIsUp = "Entering interactive session";
const remoteIsUp = "remote forward success";

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  return await new Promise((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.on("error", () => resolve(false));
  }).then((is) => (socket.destroy(), is as boolean));
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  await using server = await echoServer({ port: 0 });
  return portOf(server);
}

const bulk = randomBytes(20_000_000);
const hash = (data: Buffer): string => createHash("sha256").update(data).digest("hex");

describe.skipIf(missing("ssh"))("forwarding by OpenSSH", () => {
  test("-L to a port: 20 MB there and back, each direction ended by itself", async () => {
    await using target = await SshForRealClients.start();
    await using service = await echoServer({ port: 0 });
    const local = await freePort();
    using _ssh = await hold(target, ["-L", `${local}:127.0.0.1:${portOf(service)}`], localIsUp);

    const back = await exchange(connect({ port: local, host: "127.0.0.1", allowHalfOpen: true }), bulk);

    expect(hash(back)).toBe(hash(bulk));
  });

  test("-L to a port where nobody listens: the connection ends, ssh goes on", async () => {
    await using target = await SshForRealClients.start();
    const [local, nobody] = [await freePort(), await freePort()];
    using _ssh = await hold(target, ["-L", `${local}:127.0.0.1:${nobody}`], localIsUp);

    for (const attempt of [1, 2]) {
      const back = await exchange(connect(local, "127.0.0.1"), Buffer.from("hello")).catch(() => Buffer.alloc(0));
      expect(back.length, `attempt ${attempt}`).toBe(0);
    }
  });

  test("-L between Unix sockets", async () => {
    await using target = await SshForRealClients.start();
    const [here, there] = [join(target.folder, "here"), join(target.folder, "there")];
    await using _service = await echoServer({ path: there });
    using _ssh = await hold(target, ["-L", `${here}:${there}`], localIsUp);

    const back = await exchange(connect({ path: here, allowHalfOpen: true }), Buffer.from("through a socket"));

    expect(back.toString()).toBe("through a socket");
  });

  test("-R from a port: 20 MB there and back", async () => {
    await using target = await SshForRealClients.start();
    await using service = await echoServer({ port: 0 });
    const remote = await freePort();
    using _ssh = await hold(target, ["-R", `${remote}:127.0.0.1:${portOf(service)}`], remoteIsUp);

    const back = await exchange(connect({ port: remote, host: "127.0.0.1", allowHalfOpen: true }), bulk);

    expect(hash(back)).toBe(hash(bulk));
  });

  test("-R from a port of the server's choice tells which it chose", async () => {
    await using target = await SshForRealClients.start();
    await using service = await echoServer({ port: 0 });

    const forward = ["-R", `0:127.0.0.1:${portOf(service)}`];
    const outcome = await target.run("ssh", [
      "-o",
      "LogLevel=INFO",
      ...target.options,
      ...forward,
      "localhost",
      "true",
    ]);

    expect(outcome.stderr).toMatch(/Allocated port [1-9][0-9]+ for remote forward/);
  });

  test("-R from a Unix socket, over the socket that a lost connection left behind", async () => {
    await using target = await SshForRealClients.start();
    await using service = await echoServer({ port: 0 });
    const remote = join(await mkdtemp(join(target.folder, "x-")), "socket");
    const abandon = `import socket; socket.socket(socket.AF_UNIX).bind("${remote}")`;
    if (missing("python3") === undefined) await target.run("python3", ["-c", abandon]);
    using _ssh = await hold(target, ["-R", `${remote}:127.0.0.1:${portOf(service)}`], remoteIsUp);

    const back = await exchange(connect({ path: remote, allowHalfOpen: true }), Buffer.from("to the client"));

    expect(back.toString()).toBe("to the client");
  });

  test("what listened for a client stops when the client leaves", async () => {
    await using target = await SshForRealClients.start();
    const remote = await freePort();
    {
      using _ssh = await hold(target, ["-R", `${remote}:127.0.0.1:9`], remoteIsUp);
    }

    // Nothing tells us when; that it ends at all is what the time limit of the test asserts.
    while (await answers(remote));
  });

  test("reverse forwarding is refused where it is blocked [agents 110]", async () => {
    await using target = await SshForRealClients.start({ policy: { blocksReverseForwarding: true } });
    const refused = ["-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:9", "localhost", "true"];

    expect(await target.ssh(refused)).toMatchObject({ code: 255 });
    expect(await target.ssh(["localhost", "true"])).toMatchObject({ code: 0 });
  });

  test("local forwarding is refused where it is blocked", async () => {
    await using target = await SshForRealClients.start({ policy: { blocksLocalForwarding: true } });
    await using service = await echoServer({ port: 0 });

    const outcome = await target.ssh(["-W", `127.0.0.1:${portOf(service)}`, "localhost"], "hello");

    expect(outcome.stdout).toBe("");
  });

  test.skipIf(missing("ssh-agent", "ssh-add", "ssh-keygen"))(
    "-A brings the client's keys, and only while it is there",
    async () => {
      await using target = await SshForRealClients.start();
      await target.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "the-key", "-f", "key"]);
      const command = `ssh-add -q key; ${target.command} -A localhost 'ssh-add -l; echo $SSH_AUTH_SOCK'`;

      const outcome = await target.run("ssh-agent", ["sh", "-c", command]);
      const [key = "", path = ""] = outcome.stdout.split("\n");

      expect(key).toContain("the-key");
      expect(path).toMatch(/^\//);
      expect(await target.ssh(["localhost", `test -e ${path}`])).toMatchObject({ code: 1 });
    },
  );
});

test("a program that leaves before its channel is open ends nothing but that channel", async () => {
  await using target = await SshForRealClients.start();
  const client = new ssh2.Client();
  const ready = once(client, "ready");
  client.connect({ host: "127.0.0.1", port: target.port, username: "dev" });
  await ready;
  const port = await new Promise<number>((resolve, reject) => {
    client.forwardIn("127.0.0.1", 0, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  const asked = once(client, "tcp connection");
  const program = connect(port, "127.0.0.1").on("error", () => undefined);
  const [, accept] = (await asked) as [unknown, () => ssh2.ClientChannel];
  program.resetAndDestroy();
  await once(program, "close");

  const channel = accept();
  channel.resume();
  await once(channel, "close");

  const again = once(client, "tcp connection");
  const next = connect(port, "127.0.0.1");
  const [, acceptNext] = (await again) as [unknown, () => ssh2.ClientChannel];
  acceptNext().end("still here");
  expect((await exchange(next, Buffer.from(""))).toString()).toBe("still here");
  client.end();
});

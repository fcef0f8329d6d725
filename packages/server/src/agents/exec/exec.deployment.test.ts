import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readEvents } from "@hearth/base";
import { createClient, endpoints, openCommands, type Client, type ExecRequest } from "@hearth/sdk";
import {
  clientFrames,
  encodeFrame,
  longestStartBytes,
  type Command,
  type CommandsConnection,
} from "@hearth/sdk/commands";
import { codeOf, Deployment, upgradeStatus } from "@hearth/testkit";
import { WebSocket } from "ws";

const manifest = `
workspace: { engine: process }
agents:
  - { name: main, env: { WORD: hello } }
`;

let deployment: Deployment;
let templateId = "";
let agentId = "";
let workspaceId = "";
let connection: CommandsConnection;

beforeAll(async () => {
  deployment = await Deployment.create({ engine: "process" });
  templateId = (await deployment.pushTemplate("real", manifest)).id;
  ({ workspaceId, agentId } = await makeWorkspace(deployment.client));
  connection = await openCommands(deployment.client, agentId, { wait: "ready" });
});
afterAll(async () => {
  connection[Symbol.dispose]();
  await deployment[Symbol.asyncDispose]();
});

let made = 0;

const makeWorkspace = (client: Client) => deployment.makeWorkspace(templateId, `dev${++made}`, client);

async function resultOf(command: Command) {
  const said = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  for await (const output of command.output) if (output.from !== "dropped") said[output.from].push(output.bytes);
  return { stdout: Buffer.concat(said.stdout), stderr: Buffer.concat(said.stderr), ...(await command.exit) };
}

/** The events of one command by plain HTTP, in order. */
async function execBy(client: Client, body: ExecRequest, agent = agentId, signal?: AbortSignal) {
  const response = await client.request(endpoints.commands.exec, {
    params: { workspaceagent: agent },
    body,
    ...(signal === undefined ? {} : { signal }),
  });
  return readEvents((response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()));
}

async function eventsOf(events: AsyncIterable<{ type: string; data: string }>) {
  const list: [string, unknown][] = [];
  for await (const { type, data } of events) if (type !== "ping") list.push([type, JSON.parse(data)]);
  return list;
}

/** A place that what runs inside can tell when it has begun, and whose end tells when it has ended. */
async function listener() {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const begun = once(server, "connection").then((connected) => {
    const [socket] = connected as [Socket];
    return { socket, ended: once(socket.resume(), "close") };
  });
  return { port, begun, [Symbol.dispose]: () => void server.close() };
}

/** Holds a connection to the listener open as long as it lives. */
const holding = (port: number) => `exec 3<>/dev/tcp/127.0.0.1/${port}; sleep 1000`;

describe("over a WebSocket", () => {
  test("a command has the workspace's environment, its own streams and its exit", async () => {
    const command = connection.start({
      shell: "echo $WORD $OWN; pwd >&2; exit 7",
      env: { OWN: "mine" },
      directory: "/tmp",
    });

    const { stdout, stderr, ...exit } = await resultOf(command);

    expect([stdout.toString(), stderr.toString()]).toEqual(["hello mine\n", "/tmp\n"]);
    expect(exit).toEqual({ exit_code: 7, signal: null });
    expect((await command.started).pid).toBeGreaterThan(1);
  });

  test("every value of a byte comes out as it went in", async () => {
    const bytes = Buffer.concat([Buffer.from(Array.from({ length: 256 }, (_, value) => value)), randomBytes(300_000)]);
    const command = connection.start({ argv: ["cat"], stdin: true });
    const writer = command.stdin.getWriter();

    const [result] = await Promise.all([resultOf(command), writer.write(bytes).then(() => writer.close())]);

    expect(result.stdout.equals(bytes)).toBe(true);
  });

  test("many run at once, and none holds another up", async () => {
    const stuck = connection.start({ shell: "head -c 10000000 /dev/zero" }); // nobody reads it

    const results = await Promise.all(
      Array.from({ length: 100 }, (_, n) => resultOf(connection.start({ argv: ["sh", "-c", `echo ${n}; exit ${n}`] }))),
    );

    expect(results.map(({ stdout, exit_code }) => [stdout.toString(), exit_code])).toEqual(
      Array.from({ length: 100 }, (_, n) => [`${n}\n`, n]),
    );
    stuck.leave();
    await expect(stuck.exit).rejects.toThrow();
  });

  test("what cannot be started says why", async () => {
    const code = async (command: Command) => await command.exit.then(String, (error: { code: string }) => error.code);

    expect(await code(connection.start({ argv: ["nope-nope"] }))).toBe("command_not_found");
    expect(await code(connection.start({ argv: ["/etc/passwd"] }))).toBe("not_executable");
    expect(await code(connection.start({ argv: ["true"], directory: "/nope" }))).toBe("bad_directory");
    expect(await code(connection.attach("00000000-0000-0000-0000-000000000001"))).toBe("no_such_process");
  });

  test("50 MB go both ways past a reader that is slow, and nobody gathers them", async () => {
    const total = 50_000_000;
    const command = connection.start({ argv: ["cat"], stdin: true });
    const writer = command.stdin.getWriter();
    let written = 0;
    const writing = (async () => {
      const piece = Buffer.alloc(100_000, "0123456789");
      for (; written < total; written += piece.length) await writer.write(piece);
      await writer.close();
    })();
    let read = 0;
    let furthest = 0;
    for await (const output of command.output) {
      if (output.from === "dropped") continue;
      read += output.bytes.length;
      furthest = Math.max(furthest, written - read);
    }
    await writing;

    expect(read).toBe(total);
    // What is between: the windows of both directions, a pipe's buffers, and what the connection itself holds.
    expect(furthest).toBeLessThan(4_000_000);
  });

  test("a signal ends it, and is told", async () => {
    using inside = await listener();
    const command = connection.start({ argv: ["bash", "-c", holding(inside.port)] });
    await inside.begun;

    command.signal("SIGTERM");

    expect(await command.exit).toEqual({ exit_code: 143, signal: "SIGTERM" });
  });

  test("a terminal has its size, and changes it", async () => {
    const command = connection.start({
      shell: "stty size; trap 'stty size; exit' WINCH; echo ready; while :; do read -t 1 line; done",
      tty: { columns: 100, rows: 30 },
      stdin: true,
    });
    let said = "";
    for await (const output of command.output) {
      if (output.from === "dropped") continue;
      const before = said;
      said += Buffer.from(output.bytes).toString();
      if (!before.includes("ready") && said.includes("ready")) command.resize({ columns: 132, rows: 43 });
    }

    expect(said.replaceAll("\r", "")).toContain("30 100\nready\n");
    expect(said).toContain("43 132");
  });

  test("who leaves ends the command", async () => {
    using inside = await listener();
    const left = await openCommands(deployment.client, agentId);
    left.start({ argv: ["bash", "-c", holding(inside.port)] });
    const { ended } = await inside.begun;

    left[Symbol.dispose]();

    await ended;
  });

  test("whoever is cut off in the middle ends it too", async () => {
    using inside = await listener();
    const socket = await openSocket(deployment.client);
    socket.send(encodeFrame(clientFrames.start, 1, { argv: ["bash", "-c", holding(inside.port)] }));
    const { ended } = await inside.begun;

    socket.terminate();

    await ended;
  });

  test("what was started detached goes on without its client, and is found again", async () => {
    using inside = await listener();
    const left = await openCommands(deployment.client, agentId);
    const line = `echo before; exec 3<>/dev/tcp/127.0.0.1/${inside.port}; read -u 3 line; echo after`;
    const command = left.start({ argv: ["bash", "-c", line], detach: true });
    const { process_id: id } = await command.started;
    const { socket } = await inside.begun;
    left[Symbol.dispose]();
    await left.closed;

    const again = connection.attach(id);
    expect((await again.started).process_id).toBe(id);
    socket.end("go on\n");

    const { stdout, exit_code } = await resultOf(again);
    expect([stdout.toString(), exit_code]).toEqual(["before\nafter\n", 0]);
    expect((await resultOf(connection.attach(id, 7))).stdout.toString()).toBe("after\n");
  });

  test.for([
    ["a frame that is too short", Buffer.from([1, 0]), 1002],
    ["a frame that names no command", Buffer.from([2, 0, 0, 0, 0, 65]), 1002],
    ["input over 64 KiB", Buffer.concat([Buffer.from([2, 0, 0, 0, 1]), Buffer.alloc(64 * 1024 + 1)]), 1009],
    ["a start over 256 KiB", Buffer.concat([Buffer.from([1, 0, 0, 0, 1]), Buffer.alloc(longestStartBytes + 1)]), 1009],
    ["text", "hello", 1003],
  ] as const)("%s ends the connection", async ([, message, code]) => {
    const socket = await openSocket(deployment.client);

    socket.send(message);

    expect((await once(socket, "close"))[0]).toBe(code);
  });
});

async function openSocket(client: Client, agent = agentId): Promise<WebSocket> {
  const url = client.urlOf(endpoints.commands.openCommands, { params: { workspaceagent: agent } }, "ws");
  const socket = new WebSocket(url, { headers: { "Coder-Session-Token": client.token ?? "" } });
  await once(socket, "open");
  return socket;
}

describe("by plain HTTP", () => {
  test("one request runs a command and tells of it", async () => {
    const events = await eventsOf(
      await execBy(deployment.client, { shell: "cat; echo err >&2; exit 3", stdin_text: "h\u00e9llo" }),
    );

    expect(events[0]).toEqual(["started", { process_id: expect.any(String), pid: expect.any(Number) }]);
    expect(events.slice(1, -1).toSorted(([one], [other]) => (one < other ? -1 : 1))).toEqual([
      ["stderr", { text: "err\n" }],
      ["stdout", { text: "h\u00e9llo" }],
    ]);
    expect(events.at(-1)).toEqual(["exit", { exit_code: 3, signal: null }]);
  });

  test("bytes that are no text come as they are", async () => {
    const bytes = Buffer.from([0, 0xff, 0xfe, 10]);
    const events = await eventsOf(
      await execBy(deployment.client, { argv: ["cat"], stdin_base64: bytes.toString("base64") }),
    );

    expect(events[1]).toEqual(["stdout", { base64: bytes.toString("base64") }]);
  });

  test("commands of an agent share a connection of the server's", async () => {
    await Promise.all(
      Array.from({ length: 20 }, async () => eventsOf(await execBy(deployment.client, { argv: ["true"] }))),
    );

    expect(deployment.server.agents.commands.connectionCount).toBe(1);
  });

  test("what cannot be started is told as an event, what contradicts itself by the status", async () => {
    expect(await eventsOf(await execBy(deployment.client, { argv: ["nope-nope"] }))).toEqual([
      ["error", { code: "command_not_found", message: expect.any(String) }],
    ]);
    expect(await codeOf(execBy(deployment.client, { argv: ["true"], shell: "true" }))).toBe("validation_failed");
    expect(await codeOf(execBy(deployment.client, {}))).toBe("validation_failed");
    expect(await codeOf(execBy(deployment.client, { argv: ["cat"], stdin_text: "a", stdin_base64: "YQ==" }))).toBe(
      "validation_failed",
    );
    const large = "x".repeat(1024 * 1024 + 1);
    expect(await codeOf(execBy(deployment.client, { argv: ["cat"], stdin_text: large }))).toBe("too_large");
  });

  test("whoever leaves ends the command", async () => {
    using inside = await listener();
    const leaving = new AbortController();
    await execBy(deployment.client, { argv: ["bash", "-c", holding(inside.port)] }, agentId, leaving.signal);
    const { ended } = await inside.begun;

    leaving.abort();

    await ended;
  });

  test("a client that does not read holds the command back", async () => {
    using inside = await listener();
    const leaving = new AbortController();
    const line = `head -c 50000000 /dev/zero; exec 3<>/dev/tcp/127.0.0.1/${inside.port}`;
    const events = await execBy(deployment.client, { argv: ["bash", "-c", line] }, agentId, leaving.signal);
    let isThrough = false;
    void inside.begun.then(() => (isThrough = true));
    const before = process.memoryUsage();
    // Others of the same agent are not held back by it.
    for (let count = 0; count < 20; count++) await eventsOf(await execBy(deployment.client, { argv: ["true"] }));
    const after = process.memoryUsage();

    expect(isThrough).toBe(false);
    expect(after.arrayBuffers + after.external - before.arrayBuffers - before.external).toBeLessThan(20_000_000);
    let bytes = 0;
    for await (const { type, data } of events) {
      if (type === "stdout") bytes += (JSON.parse(data) as { text: string }).text.length;
    }
    expect(bytes).toBe(50_000_000);
  });
});

describe("who may", () => {
  test("is decided before anything is opened", async () => {
    const stranger = await deployment.createMember("stranger");
    const { key } = await deployment.client.call(endpoints.tokens.createToken, {
      params: { user: "me" },
      body: { allow_list: ["workspace:00000000-0000-0000-0000-000000000001"] },
    });
    const narrow = createClient({ url: deployment.url, token: key });

    for (const client of [stranger, narrow]) {
      expect(await codeOf(execBy(client, { argv: ["true"] }))).toBe("not_found");
      expect(await codeOf(openCommands(client, agentId))).toBe("not_found");
      expect(await codeOf(client.call(endpoints.commands.listProcesses, { params: { workspaceagent: agentId } }))).toBe(
        "not_found",
      );
    }
    const reading = await deployment.client.call(endpoints.tokens.createToken, {
      params: { user: "me" },
      body: { scopes: ["workspace:read"] },
    });
    expect(await codeOf(execBy(createClient({ url: deployment.url, token: reading.key }), { argv: ["true"] }))).toBe(
      "not_found",
    );
  });

  test("a right that ends while a command runs cuts it off, by either way", async () => {
    const guest = await deployment.createMember("guest");
    const { id: guestId } = await guest.call(endpoints.users.getUser, { params: { user: "me" } });
    const share = async (role: "use" | "") =>
      await deployment.client.call(endpoints.sharing.updateWorkspaceAcl, {
        params: { workspace: workspaceId },
        body: { user_roles: { [guestId]: role } },
      });
    await share("use");
    using overSocket = await listener();
    using byHttp = await listener();
    const guests = await openCommands(guest, agentId);
    guests.start({ argv: ["bash", "-c", holding(overSocket.port)] });
    const events = await execBy(guest, { argv: ["bash", "-c", holding(byHttp.port)] });
    const [one, other] = await Promise.all([overSocket.begun, byHttp.begun]);

    await share("");

    await Promise.all([one.ended, other.ended]);
    expect((await guests.closed).message).toContain("1008");
    expect((await eventsOf(events)).at(-1)).toEqual(["error", { code: "not_found", message: expect.any(String) }]);
  });
});

test("ports that are the server's own are no client's", async () => {
  for (const port of [3, 5, 6, 7, 8]) {
    const url = deployment.client.urlOf(endpoints.hearth.dial, {
      params: { workspaceagent: agentId },
      query: { port },
    });
    expect(
      await upgradeStatus(new URL(url), { headers: { "Coder-Session-Token": deployment.client.token ?? "" } }),
    ).toBe(400);
  }
});

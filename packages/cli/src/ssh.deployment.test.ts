import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { text } from "node:stream/consumers";
import { endpoints } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CliHome } from "#testing/captured-run.ts";
import { loggedIn } from "#testing/logged-in.ts";
import { RealTerminal } from "#testing/real-terminal.ts";

const manifest = `
name: real
parameters:
  - { name: word, type: string, default: hello, mutable: true }
workspace: { engine: process }
agents:
  - name: main
    env: { WORD: "\${param.word}", PS1: "ready> " }
    scripts:
      - { name: setup, on: start, run: "echo prepared > ~/prepared", blocks_login: true }
`;

let undo: AsyncDisposableStack;
let deployment: Deployment;
let home: CliHome;

beforeAll(async () => {
  undo = new AsyncDisposableStack();
  deployment = undo.use(await Deployment.create({ engine: "process" }));
  home = undo.use(await loggedIn(deployment.client));
  await deployment.pushTemplate("real", manifest);
  const { status, stderr } = await home.run(["create", "dev"]);
  expect(status, stderr).toBe(0);
});
afterAll(() => undo.disposeAsync());

describe("a command", () => {
  test.for([
    { command: "echo out; echo err >&2; exit 3", status: 3, stdout: "out\n", stderr: "err\n" },
    { command: "cat ~/prepared; echo $WORD", status: 0, stdout: "prepared\nhello\n", stderr: "" },
    { command: "kill -9 $$", status: 137, stdout: "", stderr: "" },
    { command: "kill -TERM $$", status: 143, stdout: "", stderr: "" },
    { command: "tty", status: 1, stdout: "not a tty\n", stderr: "" },
  ])("$command ends with $status", async ({ command, ...result }) => {
    await expect(home.run(["ssh", "dev", "--", command])).resolves.toEqual(result);
  });

  test("gets its words, its input to the end, and the variables that were asked for", async () => {
    const input = "x".repeat(5_000_000);

    await expect(home.run(["ssh", "dev", "--", "wc", "-c"], { stdin: input })).resolves.toMatchObject({
      stdout: "5000000\n",
    });
    await expect(home.run(["ssh", "dev.main", "-e", "A=b c", "--", 'echo "$A"'])).resolves.toMatchObject({
      stdout: "b c\n",
    });
    await expect(home.run(["ssh", "admin/dev"], { stdin: "echo from a shell; exit 5\n" })).resolves.toMatchObject({
      status: 5,
      stdout: expect.stringContaining("from a shell\n"),
    });
  });

  test("that writes much is read to its end", async () => {
    const { stdout } = await home.run(["ssh", "dev", "--", "head -c 20000000 /dev/zero | tr '\\0' x"]);

    expect(stdout).toHaveLength(20_000_000);
  });

  test("is interrupted by Ctrl-C", async () => {
    const interrupt = new AbortController();
    const listening = createServer().listen(0, "127.0.0.1");
    await once(listening, "listening");
    const { port } = listening.address() as AddressInfo; // a TCP server that listens has one
    listening.once("connection", () => interrupt.abort());

    const running = home.run(["ssh", "dev", "--", `exec 3<>/dev/tcp/127.0.0.1/${port}; sleep 1000`], {
      signal: interrupt.signal,
    });

    await expect(running).resolves.toMatchObject({ status: 130, stdout: "" });
    listening.close();
  });
});

test.for([
  {
    words: ["ssh", "nope"],
    stderr: 'error: You have no workspace named "nope", or you may not see it.\nList yours with: hearth list\n',
  },
  { words: ["ssh", "dev.other"], stderr: 'error: Workspace "dev" has no agent named "other".\nIt has: main\n' },
])("$words is refused", async ({ words, stderr }) => {
  await expect(home.run(words)).resolves.toEqual({ status: 1, stdout: "", stderr });
});

test("a stopped workspace is started first, unless it must not be", async () => {
  await home.run(["create", "napping"]);
  await home.run(["stop", "napping"]);

  await expect(home.run(["ssh", "napping", "--disable-autostart", "--", "true"])).resolves.toEqual({
    status: 1,
    stdout: "",
    stderr: "error: admin/napping is stopped.\nStart it with: hearth start napping\n",
  });
  await expect(home.run(["ssh", "napping", "--", "cat ~/prepared"])).resolves.toMatchObject({
    status: 0,
    stdout: "prepared\n",
  });
  const workspace = await deployment.client.call(endpoints.workspaces.getWorkspaceByName, {
    params: { user: "me", workspacename: "napping" },
  });
  expect(workspace.latest_build).toMatchObject({ transition: "start", reason: "ssh_connection" });
  await home.run(["delete", "napping"]);
});

test("ports of the workspace are reached here", async () => {
  // The workspace shares the host's network: its port 127.0.0.1:N is this server.
  const inside = createServer({ allowHalfOpen: true }, (socket) => socket.end("from inside")).listen(0, "127.0.0.1");
  await once(inside, "listening");
  const { port } = inside.address() as AddressInfo; // a TCP server that listens has one
  const localPort = await freePort();
  const stop = new AbortController();

  const forwarding = home.run(["port-forward", "dev", "--tcp", `${localPort}:${port}`], { signal: stop.signal });
  await reachable(localPort);
  const answers = await Promise.all(Array.from({ length: 5 }, () => text(connect(localPort, "127.0.0.1"))));
  stop.abort();

  expect(answers).toEqual(Array.from({ length: 5 }, () => "from inside"));
  await expect(forwarding).resolves.toMatchObject({
    status: 130,
    stdout: `127.0.0.1:${localPort} → port ${port} of admin/dev\n`,
  });
  inside.close();
});

test("a port forward outlives ports that nobody listens on, and its workspace's stops", async () => {
  await home.run(["create", "coming"]);
  const inside = createServer((socket) => socket.end("from inside")).listen(0, "127.0.0.1");
  await once(inside, "listening");
  const { port } = inside.address() as AddressInfo; // a TCP server that listens has one
  const [openPort, deafPort, nobodys] = [await freePort(), await freePort(), await freePort()];
  const mappings = ["--tcp", `${openPort}:${port}`, "--tcp", `${deafPort}:${nobodys}`];
  // The real program: what nobody catches ends a process.
  const program = path.join(import.meta.dirname, "../bin/hearth.mjs");
  const forward = spawn(process.execPath, [program, "port-forward", "coming", ...mappings], {
    env: { ...process.env, HEARTH_CONFIG_DIR: home.configDirectory },
  });
  const said = { text: "" };
  forward.stderr.on("data", (chunk: Buffer) => (said.text += chunk.toString()));
  const ended = once(forward, "exit").then(([status]) => status as number | null);
  const says = async (what: string) => {
    while (!said.text.includes(what)) {
      if ((await Promise.race([once(forward.stderr, "data"), ended])) === 1) throw new Error(`it ended: ${said.text}`);
    }
  };
  await reachable(openPort);
  const get = async (from: number) => await text(connect(from, "127.0.0.1"));

  await expect(get(openPort)).resolves.toBe("from inside");
  for (let count = 0; count < 3; count++) await expect(get(deafPort)).resolves.toBe("");
  await says(`port ${nobodys}: `);

  await home.run(["stop", "coming"]);
  for (let count = 0; count < 3; count++) await expect(get(openPort)).resolves.toBe("");
  await says("admin/coming is stopped");

  await home.run(["start", "coming"]);
  await expect(get(openPort)).resolves.toBe("from inside");
  await expect(get(deafPort)).resolves.toBe("");

  forward.kill("SIGINT");
  await expect(ended).resolves.toBe(130);
  // Once each, however many connections there were.
  expect(said.text.split("is stopped")).toHaveLength(2);
  expect(said.text.split(`port ${nobodys}: `)).toHaveLength(2);
  inside.close();
  await home.run(["delete", "coming"]);
});

test("-L and -R join ports of both ends", async () => {
  const echo = createServer((socket) => socket.end("reached")).listen(0, "127.0.0.1");
  await once(echo, "listening");
  const { port } = echo.address() as AddressInfo; // a TCP server that listens has one
  const [localPort, remotePort] = [await freePort(), await freePort()];
  const stop = new AbortController();

  const running = home.run(
    ["ssh", "dev", "-L", `${localPort}:127.0.0.1:${port}`, "-R", `${remotePort}:127.0.0.1:${port}`, "--", "sleep 1000"],
    { signal: stop.signal },
  );
  await reachable(localPort);
  await expect(text(connect(localPort, "127.0.0.1"))).resolves.toBe("reached");
  await reachable(remotePort);
  await expect(text(connect(remotePort, "127.0.0.1"))).resolves.toBe("reached");
  stop.abort();

  await expect(running).resolves.toMatchObject({ status: 130 });
  echo.close();
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  server.close();
  await once(server, "close");
  return port;
}

/** Resolves once somebody listens there; each try takes a turn of the event loop and nothing else. */
async function reachable(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.on("error", () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
  }
}

describe("the real program in a real terminal", () => {
  const program = path.join(import.meta.dirname, "../bin/hearth.mjs");

  function terminal(...words: string[]): RealTerminal {
    return new RealTerminal(process.execPath, [program, ...words], {
      env: { HEARTH_CONFIG_DIR: home.configDirectory },
    });
  }

  test("a shell knows its size, follows it, is interrupted, and passes its status on", async () => {
    await using shell = terminal("ssh", "dev");

    shell.type("stty size; tty\n");
    await shell.shows(/24 80\s+\/dev\/pts\/\d+/);
    await shell.grow(100, 40);
    await shell.interruptACommand();
    shell.type("echo again\n");
    await shell.shows(/\ragain\r\n/);
    shell.type("exit 7\n");

    await expect(shell.exited).resolves.toBe(7);
  });

  test("what the far end draws arrives as it was drawn", async () => {
    await using shell = terminal("ssh", "dev", "-t", "--", "stty raw; printf 'a\\nb'; sleep 0.1");

    // A terminal that put a carriage return of its own before the line feed would break every full-screen program.
    await expect(shell.shows(/a[^]*b/)).resolves.toMatch(/a\nb$/);
    await expect(shell.exited).resolves.toBe(0);
  });

  test("~. leaves a shell", async () => {
    await using shell = terminal("ssh", "dev");
    shell.type("echo begun\n");
    await shell.shows(/\rbegun\r\n/);

    shell.type("\r~.");

    await expect(shell.exited).resolves.toBe(130);
  });

  test("delete asks, and no means no", async () => {
    await using question = terminal("delete", "dev");

    await question.shows(/Delete admin\/dev\? What is in it is lost\./);
    question.type("n");
    await question.shows(/Nothing was deleted\./);

    await expect(question.exited).resolves.toBe(1);
  });

  test("Ctrl-C in a question is Ctrl-C", async () => {
    await using question = terminal("delete", "dev");

    await question.shows(/Delete admin\/dev\?/);
    question.type("\u0003");

    await expect(question.exited).resolves.toBe(130);
  });
});

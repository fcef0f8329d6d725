import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Socket } from "node:net";
import path from "node:path";
import { endpoints } from "@hearth/sdk";
import { Deployment, simulatedEngine } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Interrupted } from "#means/failure.ts";
import type { CliHome } from "#testing/captured-run.ts";
import { loggedIn } from "#testing/logged-in.ts";
import { RealTerminal } from "#testing/real-terminal.ts";
import { runProgram } from "#testing/run-program.ts";

const manifest = `
workspace: { engine: process }
agents:
  - name: main
    env: { WORD: hello, PS1: "ready> " }
    scripts:
      - { name: setup, on: start, run: "echo prepared > ~/prepared", blocks_login: true }
`;
const script = path.join(import.meta.dirname, "../bin/hearth.mjs");

let undo: AsyncDisposableStack;
let deployment: Deployment;
let home: CliHome;
let env: Record<string, string>;

beforeAll(async () => {
  undo = new AsyncDisposableStack();
  deployment = undo.use(await Deployment.create({ engine: "process" }));
  home = undo.use(await loggedIn(deployment.client));
  env = { HOME: home.directory, HEARTH_URL: deployment.url, HEARTH_SESSION_TOKEN: deployment.client.token ?? "" };
  await deployment.pushTemplate("real", manifest);
  const { status, stderr } = await home.run(["create", "dev"]);
  expect(status, stderr).toBe(0);
});
afterAll(() => undo.disposeAsync());

describe("hearth exec", () => {
  test.for([
    { words: ["echo", "$WORD", "a  b"], status: 0, stdout: "$WORD a  b\n", stderr: "" },
    {
      words: ["--shell", "--", "echo $WORD; cat ~/prepared; exit 3"],
      status: 3,
      stdout: "hello\nprepared\n",
      stderr: "",
    },
    { words: ["sh", "-c", "echo err >&2; kill -9 $$"], status: 137, stdout: "", stderr: "err\n" },
    {
      words: ["-e", "A=b c", "-C", "/tmp", "--", "sh", "-c", 'echo "$A"; pwd'],
      status: 0,
      stdout: "b c\n/tmp\n",
      stderr: "",
    },
    { words: ["tty"], status: 1, stdout: "not a tty\n", stderr: "" },
  ])("$words ends with $status", async ({ words, ...result }) => {
    const given = words.includes("--") ? words : ["--", ...words];

    await expect(home.run(["exec", "dev", ...given])).resolves.toEqual(result);
  });

  test("says as a shell does that there is no such program", async () => {
    expect(await home.run(["exec", "dev", "--", "nope-nope"])).toMatchObject({
      status: 127,
      stderr: expect.stringContaining("nope-nope"),
    });
    expect(await home.run(["exec", "dev", "--", "/etc/passwd"])).toMatchObject({ status: 126 });
    expect(await home.run(["exec", "dev", "-C", "/nope", "--", "true"])).toMatchObject({ status: 1 });
  });

  test("feeds what it is fed, to the end", async () => {
    const input = Buffer.alloc(5_000_000, "0123456789");

    expect(await home.run(["exec", "dev", "--", "wc", "-c"], { stdin: input })).toMatchObject({ stdout: "5000000\n" });
    expect(await home.run(["exec", "dev", "-n", "--", "wc", "-c"], { stdin: input })).toMatchObject({ stdout: "0\n" });
  });

  test("every value of a byte passes through the program itself", async () => {
    const input = Buffer.from(Array.from({ length: 256 }, (_, value) => value)).toString("latin1");
    const hexed = await runProgram(process.execPath, [script, "exec", "dev", "--", "od", "-An", "-v", "-tx1"], {
      env,
      input,
    });

    expect(hexed.stdout.replaceAll(/\s/g, "")).toBe(Buffer.from(input, "utf8").toString("hex"));
  });

  test("passes a signal on, and its command's answer to it back", async () => {
    const listening = createServer().listen(0, "127.0.0.1");
    await once(listening, "listening");
    const { port } = listening.address() as AddressInfo; // a TCP server that listens has one
    const stop = new AbortController();
    const line = `trap 'echo told; exit 9' TERM; exec 3<>/dev/tcp/127.0.0.1/${port}; while :; do sleep 0.05; done`;

    const running = home.run(["exec", "dev", "--", "bash", "-c", line], { signal: stop.signal });
    const [socket] = (await once(listening, "connection")) as [Socket];
    stop.abort(new Interrupted(undefined, "SIGTERM"));

    expect(await running).toMatchObject({ status: 9, stdout: "told\n" });
    socket.destroy();
    listening.close();
  });

  test("a detached command prints its process, and goes on", async () => {
    const { stdout } = await home.run(["exec", "dev", "-d", "--", "sh", "-c", "sleep 0.2; echo late > ~/late"]);

    expect(stdout).toMatch(/^[0-9a-f-]{36}\n$/);
    const waiting = "until [ -e ~/late ]; do sleep 0.02; done; cat ~/late";
    expect(await home.run(["exec", "dev", "--", "bash", "-c", waiting])).toMatchObject({ stdout: "late\n" });
  });

  test("has a shell in a terminal, which knows how large that is", async () => {
    await using shell = new RealTerminal(process.execPath, [script, "exec", "dev"], { env, columns: 90, rows: 20 });

    shell.type("stty size\n");
    await shell.shows(/20 90\r\n/);
    await shell.grow(120, 40);
    await shell.interruptACommand();
    shell.type("exit 4\n");

    expect(await shell.exited).toBe(4);
  });
});

describe("hearth cp", () => {
  test("copies a file there and back, every byte and its mode", async () => {
    const here = path.join(home.directory, "here.bin");
    const bytes = Buffer.concat([
      Buffer.from(Array.from({ length: 256 }, (_, value) => value)),
      randomBytes(3_000_000),
    ]);
    await writeFile(here, bytes, { mode: 0o750 });

    expect(await home.run(["cp", "here.bin", "dev:"])).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(await home.run(["exec", "dev", "--", "stat", "-c", "%a %s", "here.bin"])).toMatchObject({
      stdout: `750 ${bytes.length}\n`,
    });
    expect(await home.run(["cp", "dev:here.bin", "back.bin"])).toMatchObject({ status: 0, stderr: "" });

    const back = path.join(home.directory, "back.bin");
    expect((await readFile(back)).equals(bytes)).toBe(true);
    expect((await stat(back)).mode & 0o777).toBe(0o750);
  });

  test("copies a directory there and back, with what is in it", async () => {
    const tree = path.join(home.directory, "tree");
    await mkdir(path.join(tree, "deep/er"), { recursive: true });
    await writeFile(path.join(tree, "deep/er/file"), "inside");
    await symlink("deep/er/file", path.join(tree, "link"));

    expect(await home.run(["cp", "tree", "dev:copies"])).toMatchObject({ status: 0, stderr: "" });
    expect(await home.run(["cp", "tree", "dev:copies/"])).toMatchObject({ status: 0, stderr: "" });
    const listed = await home.run(["exec", "dev", "--shell", "--", "cd copies && find . | sort"]);
    expect(listed.stdout).toContain("./deep/er/file\n");
    expect(listed.stdout).toContain("./tree/deep/er/file\n");
    expect(await home.run(["cp", "dev:copies", "returned"])).toMatchObject({ status: 0, stderr: "" });

    expect(await readFile(path.join(home.directory, "returned/tree/link"), "utf8")).toBe("inside");
  });

  test("- is standard input or output", async () => {
    const bytes = "streamed\n".repeat(100_000);

    expect(await home.run(["cp", "-", "dev:streamed"], { stdin: bytes })).toMatchObject({ status: 0, stderr: "" });
    expect(await home.run(["cp", "dev:streamed", "-"])).toEqual({ status: 0, stdout: bytes, stderr: "" });
  });

  test("what cannot be copied says so, and leaves what was there", async () => {
    await writeFile(path.join(home.directory, "kept"), "kept");

    expect(await home.run(["cp", "dev:nope", "kept"])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("nope"),
    });
    expect(await home.run(["cp", "nope", "dev:"])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("nope"),
    });
    expect(await home.run(["cp", "a", "b"])).toMatchObject({ status: 2 });
    expect(await home.run(["cp", "dev:.", "-"])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("directory"),
    });
    expect(await readFile(path.join(home.directory, "kept"), "utf8")).toBe("kept");
  });
});

describe("hearth run", () => {
  const workspaces = async () =>
    (await deployment.client.call(endpoints.workspaces.listWorkspaces, {})).workspaces
      .map(({ name }) => name)
      .toSorted();

  test("makes a workspace, passes input and exit status on, and takes it away", async () => {
    const before = await workspaces();

    const fed = await home.run(["run", "--shell", "--", "cat; echo $WORD; exit 3"], { stdin: "fed\n" });
    const plain = await home.run([
      "run",
      "--template",
      "real",
      "-n",
      "--",
      "sh",
      "-c",
      "echo one; echo two >&2; exit 4",
    ]);

    expect(fed).toMatchObject({ status: 3, stdout: "fed\nhello\n" });
    expect(plain).toMatchObject({ status: 4, stdout: "one\n", stderr: expect.stringMatching(/two\n$/) });
    await deployment.until("they are gone", workspaces, (names) => names.join() === before.join());
    expect(await home.run(["run", "-n", "--", "nope-nope"])).toMatchObject({ status: 127 });
  });

  test("keeps what has a name", async () => {
    expect(await home.run(["run", "--name", "kept", "-n", "--", "true"])).toMatchObject({ status: 0 });

    expect(await workspaces()).toContain("kept");
    expect(await home.run(["run", "--keep", "--rm", "--", "true"])).toMatchObject({ status: 2 });
    expect(await home.run(["run", "--template", "none", "-n", "--", "true"])).toMatchObject({ status: 1 });
  });
});

describe("an agent of another make", () => {
  test("is not asked to run commands without SSH", async () => {
    const dialled: number[] = [];
    const engine = simulatedEngine({
      onDial: (port, connection) => {
        dialled.push(port);
        if (port !== 4) return void connection.end("no SSH either\r\n");
        connection.once("data", () => connection.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
      },
    });
    await using foreign = await Deployment.create({ engine });
    await using at = await loggedIn(foreign.client);
    await foreign.pushTemplate("plain", "workspace: { engine: process }\nagents: [{ name: main }]\n");
    expect(await at.run(["create", "dev"])).toMatchObject({ status: 0 });

    const { status, stderr } = await at.run(["exec", "dev", "--", "true"]);
    expect(status).toBe(1);
    expect(stderr).toContain("Use: hearth ssh dev");
    expect(dialled).toEqual([4]);

    // SSH is tried in its place.
    await at.run(["ssh", "dev", "--", "true"]);
    expect(dialled).toEqual([4, 4, 1]);
  });
});

import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { text } from "node:stream/consumers";
import { Deployment, needs } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CliHome } from "#testing/captured-run.ts";
import { loggedIn } from "#testing/logged-in.ts";
import { RealTerminal } from "#testing/real-terminal.ts";
import { runProgram } from "#testing/run-program.ts";

// Plain OpenSSH, and what builds on it, against a workspace with a real agent: no flag of ours, only the section that
// `config-ssh` wrote.

let undo: AsyncDisposableStack;
let home: CliHome;
/** The file that `config-ssh` wrote, for `-F`: OpenSSH takes `~` from the password database, not from `HOME`. */
let config: string;

beforeAll(async () => {
  undo = new AsyncDisposableStack();
  const deployment = undo.use(await Deployment.create({ engine: "process" }));
  home = undo.use(await loggedIn(deployment.client));
  await deployment.pushTemplate("real", "name: real\nworkspace: { engine: process }\nagents:\n  - name: main\n");
  config = path.join(home.directory, ".ssh", "config");
  expect(await home.run(["config-ssh"])).toMatchObject({ status: 0 });
  expect(await home.run(["create", "dev"])).toMatchObject({ status: 0 });
});
afterAll(() => undo.disposeAsync());

async function ssh(...args: string[]) {
  return await runProgram("ssh", ["-F", config, ...args]);
}

describe("the section", () => {
  test("is written for its owner alone, once, and leaves the rest as it is", async () => {
    await using fresh = await loggedIn({ url: "http://127.0.0.1:1", token: "x" });
    const file = path.join(fresh.directory, ".ssh", "config");

    expect((await stat(config)).mode & 0o777).toBe(0o600);
    const before = await readFile(config);
    await expect(home.run(["config-ssh"])).resolves.toEqual({
      status: 0,
      stdout: "",
      stderr: `${config} is up to date.\n`,
    });
    await expect(readFile(config)).resolves.toEqual(before);

    await mkdir(path.dirname(file));
    await writeFile(file, "Host other\r\n  User caf\xe9\r\n", { encoding: "latin1", mode: 0o644 });
    await home.run(["config-ssh", "--ssh-config-file", file, "--ssh-option", "ForwardAgent=yes"]);
    const written = await readFile(file, "latin1");
    expect(written.startsWith("Host other\r\n  User caf\xe9\r\n\r\n# --- begin hearth ---\r\n")).toBe(true);
    expect(written).toContain("\r\n    ForwardAgent=yes\r\n");
    expect((await stat(file)).mode & 0o777).toBe(0o644);
  });

  test("is printed and not written with --dry-run", async () => {
    const file = path.join(home.directory, "nowhere");

    const { status, stdout } = await home.run(["config-ssh", "--dry-run", "--ssh-config-file", file]);

    expect(status).toBe(0);
    expect(stdout).toContain("ProxyCommand ");
    await expect(stat(file)).rejects.toThrow("ENOENT");
  });

  test("takes no line that could begin a block of its own", async () => {
    await expect(home.run(["config-ssh", "--ssh-option", "User x\nHost *"])).resolves.toMatchObject({ status: 1 });
    await expect(home.run(["config-ssh", "--ssh-option", "Host *"])).resolves.toMatchObject({ status: 1 });
  });
});

describe("ssh", needs("ssh"), () => {
  test("runs commands and passes their status on", async () => {
    await expect(ssh("hearth.dev", "echo out; echo err >&2; exit 3")).resolves.toEqual({
      status: 3,
      stdout: "out\n",
      stderr: "err\n",
    });
    await expect(ssh("dev.hearth", "echo by suffix")).resolves.toMatchObject({ status: 0, stdout: "by suffix\n" });
    await expect(ssh("hearth.admin--dev--main", "echo by all names")).resolves.toMatchObject({
      status: 0,
      stdout: "by all names\n",
    });
    // OpenSSH says 255 of whatever a signal ended.
    await expect(ssh("hearth.dev", "kill -9 $$")).resolves.toMatchObject({ status: 255 });
    await expect(ssh("hearth.nope", "true")).resolves.toMatchObject({
      status: 255,
      stderr: expect.stringContaining('error: You have no workspace named "nope"'),
    });
  });

  test("gives a terminal that knows its size, is interrupted, and ends", async () => {
    await using shell = new RealTerminal("ssh", ["-F", config, "-t", "hearth.dev"]);

    shell.type("stty size\n");
    await shell.shows(/\r24 80\r\n/);
    await shell.grow(100, 40);
    await shell.interruptACommand();
    shell.type("exit 7\n");

    await expect(shell.exited).resolves.toBe(7);
  });

  test("carries twenty sessions over one connection", async () => {
    const control = ["-o", `ControlPath=${path.join(home.directory, "control")}`];
    await ssh(...control, "-M", "-N", "-f", "-o", "ControlPersist=yes", "hearth.dev");

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => ssh(...control, "hearth.dev", `echo ${index}; exit ${index}`)),
    );

    expect(answers).toMatchObject(Array.from({ length: 20 }, (_, index) => ({ status: index, stdout: `${index}\n` })));
    await ssh(...control, "-O", "exit", "hearth.dev");
  });

  test("joins ports of both ends with -L and -R", async () => {
    // The workspace shares the host's network: both ends reach this server.
    const server = createServer((socket) => socket.end("reached")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo; // a TCP server that listens has one
    const control = ["-o", `ControlPath=${path.join(home.directory, "forwards")}`];
    await ssh(...control, "-M", "-N", "-f", "-o", "ControlPersist=yes", "hearth.dev");

    // Port 0 lets the far end choose; it is printed.
    const { stdout } = await ssh(...control, "-O", "forward", "-R", `0:127.0.0.1:${port}`, "hearth.dev");
    const local = await freePort();
    await ssh(...control, "-O", "forward", "-L", `${local}:127.0.0.1:${port}`, "hearth.dev");

    await expect(text(connect(Number(stdout), "127.0.0.1"))).resolves.toBe("reached");
    await expect(text(connect(local, "127.0.0.1"))).resolves.toBe("reached");
    await ssh(...control, "-O", "exit", "hearth.dev");
    server.close();
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  server.close();
  await once(server, "close");
  return port;
}

describe("files", () => {
  const bytes = randomBytes(100_000_000);
  const hash = createHash("sha256").update(bytes).digest("hex");
  let file: string;

  beforeAll(async () => {
    file = path.join(home.directory, "big");
    await writeFile(file, bytes);
  });

  async function hashInside(name: string): Promise<string> {
    return (await ssh("hearth.dev", `sha256sum < ${name}`)).stdout.split(" ")[0] ?? "";
  }

  async function hashHere(name: string): Promise<string> {
    return createHash("sha256")
      .update(await readFile(path.join(home.directory, name)))
      .digest("hex");
  }

  test("100 MB go there and back with scp", needs("ssh", "scp"), async () => {
    await runProgram("scp", ["-q", "-F", config, file, "hearth.dev:by-scp"]);
    await expect(hashInside("by-scp")).resolves.toBe(hash);

    await runProgram("scp", ["-q", "-F", config, "hearth.dev:by-scp", `${file}-scp`]);
    await expect(hashHere("big-scp")).resolves.toBe(hash);
  });

  test("100 MB go there and back with rsync", needs("ssh", "rsync"), async () => {
    const shell = ["-e", `ssh -F ${config}`];
    await runProgram("rsync", [...shell, file, "hearth.dev:by-rsync"]);
    await expect(hashInside("by-rsync")).resolves.toBe(hash);

    await runProgram("rsync", [...shell, "hearth.dev:by-rsync", `${file}-rsync`]);
    await expect(hashHere("big-rsync")).resolves.toBe(hash);
  });

  test("sftp puts, lists, renames, gets and removes", needs("ssh", "sftp"), async () => {
    const small = path.join(home.directory, "small");
    await writeFile(small, "a small file");
    const input = [
      "mkdir d",
      `put ${small} d/one`,
      "rename d/one d/two",
      "ls d",
      `get d/two ${small}-back`,
      "rm d/two",
      "rmdir d",
      "ls",
    ].join("\n");

    const { status, stdout } = await runProgram("sftp", ["-q", "-b", "-", "-F", config, "hearth.dev"], { input });

    expect(status).toBe(0);
    expect(stdout).toMatch(/sftp> ls d\nd\/two/);
    await expect(readFile(`${small}-back`, "utf8")).resolves.toBe("a small file");
  });

  test("git pushes to a repository inside and fetches from it", needs("ssh", "git"), async () => {
    const repository = path.join(home.directory, "repository");
    const env = { GIT_SSH_COMMAND: `ssh -F ${config}`, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
    const git = async (...args: string[]) =>
      await runProgram("git", ["-C", repository, "-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], {
        env,
      });
    await mkdir(repository);
    await ssh("hearth.dev", "git init --quiet --bare inside.git");
    await git("init", "--quiet");
    await git("commit", "--quiet", "--allow-empty", "--message", "first");

    await expect(git("push", "--quiet", "hearth.dev:inside.git", "HEAD:refs/heads/main")).resolves.toMatchObject({
      status: 0,
    });

    const { stdout: there } = await ssh("hearth.dev", "git -C inside.git rev-parse main");
    const { stdout: here } = await git("rev-parse", "HEAD");
    expect(there).toBe(here);
    await expect(git("fetch", "--quiet", "hearth.dev:inside.git", "main")).resolves.toMatchObject({ status: 0 });
  });
});

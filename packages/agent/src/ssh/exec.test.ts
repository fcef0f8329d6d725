import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import ssh2 from "ssh2";
import { describe, expect, test } from "vitest";
import { missing, SshForRealClients } from "#ssh/real-clients.ts";
import type { SessionType } from "#ssh/services.ts";

describe.skipIf(missing("ssh"))("commands over OpenSSH", () => {
  test("both outputs and the exit status arrive, each where it belongs", async () => {
    await using target = await SshForRealClients.start();

    const outcome = await target.ssh(["localhost", "echo out; echo err >&2; exit 3"]);

    expect(outcome).toEqual({ code: 3, stdout: "out\n", stderr: "err\n" });
  });

  test("standard streams can be opened by their paths", async () => {
    await using target = await SshForRealClients.start();

    const outcome = await target.ssh(["localhost", "cat /dev/stdin | tee /dev/stderr > /dev/stdout"], "both ways");

    expect(outcome).toEqual({ code: 0, stdout: "both ways", stderr: "both ways" });
  });

  test("the command is the login shell's, in the workspace's folder, with the workspace's environment", async () => {
    await using target = await SshForRealClients.start({ env: { GREETING: "hello $HOME" } });

    const outcome = await target.ssh(["localhost", 'echo "$0|$PWD|$GREETING|$SSH_CONNECTION"']);

    expect(outcome.stdout).toBe(`/bin/bash|${target.home}|hello $HOME|127.0.0.1 0 127.0.0.1 22\n`);
  });

  test("100 MB pass through a command unchanged, in both directions at once", async () => {
    await using target = await SshForRealClients.start();
    const data = randomBytes(100_000_000);
    const file = join(target.folder, "data");
    await writeFile(file, data);

    const outcome = await target.run("sh", ["-c", `${target.command} localhost cat < '${file}' | sha256sum`]);

    expect(outcome.stdout).toContain(createHash("sha256").update(data).digest("hex"));
  }, 60_000);

  test("keys may be renewed in the middle of a transfer", async () => {
    await using target = await SshForRealClients.start();
    const data = randomBytes(12_000_000);

    const outcome = await target.ssh(["-o", "RekeyLimit=1M", "localhost", "cat"], data);

    expect(Buffer.from(outcome.stdout, "latin1").equals(data)).toBe(true);
  }, 30_000);

  test("standard output and standard error that both fill the window arrive whole", async () => {
    await using target = await SshForRealClients.start();
    const script = `for i in 1 2 3; do head -c 5000000 /dev/zero | tr '\\0' o; head -c 5000000 /dev/zero | tr '\\0' e >&2; done & head -c 5000000 /dev/zero | tr '\\0' e >&2; wait`;

    const outcome = await target.ssh(["localhost", script]);

    expect(outcome.code).toBe(0);
    expect([outcome.stdout.length, outcome.stderr.length]).toEqual([15_000_000, 20_000_000]);
    expect([new Set(outcome.stdout), new Set(outcome.stderr)]).toEqual([new Set("o"), new Set("e")]);
  }, 30_000);

  test("a session whose command cannot be started ends with status 229 and says why", async () => {
    await using target = await SshForRealClients.start({
      surroundings: () => ({ env: {}, directory: "/", shell: "/bin/no-such-shell" }),
    });

    const outcome = await target.ssh(["localhost", "true"]);

    expect(outcome).toMatchObject({ code: 229 });
    expect(outcome.stderr).toContain("no-such-shell");
  });

  test("the marker of the session's type is counted and not visible in the session [agents 111]", async () => {
    const types: SessionType[] = [];
    await using target = await SshForRealClients.start({
      onSession: (type) => {
        types.push(type);
        return () => undefined;
      },
    });
    const send = ["-o", "SendEnv=CODER_SSH_SESSION_TYPE KEPT"];
    const options = { env: { CODER_SSH_SESSION_TYPE: "vscode", KEPT: "yes" } };

    const marked = await target.run("ssh", [...target.options, ...send, "localhost", "env"], options);
    await target.ssh(["localhost", "true"]);

    expect(marked.stdout).toContain("KEPT=yes");
    expect(marked.stdout).not.toContain("SESSION_TYPE");
    expect(types).toEqual(["vscode", "ssh"]);
  });

  test("20 commands run over one connection at the same time", async () => {
    await using target = await SshForRealClients.start();
    const control = ["-o", `ControlPath=${join(target.folder, "control")}`];
    await target.ssh([...control, "-o", "ControlPersist=yes", "-o", "ControlMaster=yes", "localhost", "true"]);

    // Each waits until all 20 have begun, so they can end only if they run side by side.
    const script = (index: number): string =>
      `mkdir -p all; touch all/${index}; until [ "$(ls all | wc -l)" = 20 ]; do sleep 0.05; done; echo ${index}; exit ${index}`;
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => target.ssh([...control, "localhost", script(index)])),
    );
    await target.ssh([...control, "-O", "exit", "localhost"]);

    expect(outcomes.map(({ code, stdout }) => [code, stdout])).toEqual(
      outcomes.map((_, index) => [index, `${index}\n`]),
    );
  }, 30_000);

  test("a file transfer ends with status 65 where they are blocked [agents 109]", async () => {
    await using target = await SshForRealClients.start({ policy: { blocksFileTransfer: true } });

    expect(await target.ssh(["localhost", "/usr/bin/scp -f x"])).toMatchObject({ code: 65 });
    expect(await target.ssh(["-s", "localhost", "sftp"])).toMatchObject({ code: 65 });
    expect(await target.ssh(["localhost", "echo scp"])).toMatchObject({ code: 0, stdout: "scp\n" });
  });
});

describe("what OpenSSH's client does not show", () => {
  async function client(target: SshForRealClients): Promise<ssh2.Client> {
    const made = new ssh2.Client();
    made.connect({ sock: connect(target.port, "127.0.0.1"), username: "dev", hostVerifier: () => true });
    await once(made, "ready");
    return made;
  }

  async function execute(by: ssh2.Client, command: string): Promise<ssh2.ClientChannel> {
    return await new Promise((resolve, reject) => {
      by.exec(command, (error, channel) => (error ? reject(error) : resolve(channel)));
    });
  }

  /** The status, or the signal's name. */
  async function exitOf(channel: ssh2.ClientChannel): Promise<number | string | undefined> {
    return await new Promise((resolve) => {
      channel.once("exit", (code: number | null, signal?: string) => resolve(code ?? signal));
    });
  }

  test("a command that a signal ended is told by the signal's name, also when it comes from the client", async () => {
    await using target = await SshForRealClients.start();
    const by = await client(target);

    const killed = await execute(by, "kill -TERM $$");
    const killedBy = await exitOf(killed);
    const asked = await execute(by, "echo ready; exec sleep 1000");
    await once(asked, "data");
    asked.signal("INT");
    const askedBy = await exitOf(asked);
    const unnamed = await execute(by, "kill -BUS $$");
    const status = await exitOf(unnamed);
    by.end();

    expect([killedBy, askedBy, status]).toEqual(["SIGTERM", "SIGINT", 128 + 7]);
  });

  test("a client that leaves does not end a command that needs no terminal", async () => {
    const ends: unknown[] = [];
    const over = Promise.withResolvers<void>();
    await using target = await SshForRealClients.start({
      onSession: () => (exit) => {
        ends.push(exit);
        over.resolve();
      },
    });
    const by = await client(target);

    const channel = await execute(
      by,
      'trap "" PIPE; echo $$; read line; mkfifo "$HOME/there"; echo done > "$HOME/there"',
    );
    await once(channel, "data");
    by.end();
    await over.promise;
    const next = await client(target);
    const proof = await execute(next, 'until [ -p "$HOME/there" ]; do sleep 0.02; done; cat "$HOME/there"');
    const said = await new Promise((resolve) => proof.once("data", resolve));
    next.end();

    expect(String(said)).toBe("done\n");
    expect(ends[0]).toBeUndefined();
  });
});

import type { Readable } from "node:stream";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { TerminalProcess } from "#processes/processes.ts";
import { missing, SshForRealClients } from "#ssh/real-clients.ts";

/** What a terminal has shown so far, and waiting for more. */
class Screen {
  text = "";
  readonly #source: Readable;

  constructor(source: Readable) {
    this.#source = source;
    source.on("data", (chunk) => (this.text += String(chunk)));
  }

  /** Resolves when the text is there; takes everything up to its end off the screen. */
  async shows(text: string): Promise<void> {
    while (!this.text.includes(text)) {
      await new Promise<void>((resolve, reject) => {
        this.#source.once("data", () => resolve());
        this.#source.once("end", () => reject(new Error(`The terminal ended without "${text}": ${this.text}`)));
      });
    }
    this.text = this.text.slice(this.text.indexOf(text) + text.length);
  }
}

describe.skipIf(missing("ssh"))("terminals over OpenSSH", () => {
  /** `ssh -t` on a terminal of its own, as a person has it. */
  function sit(target: SshForRealClients, args: string[]): { local: TerminalProcess; screen: Screen } {
    const env = { PATH: process.env.PATH ?? "", TERM: "xterm" };
    const command = { file: "/usr/bin/ssh", args: ["-t", ...target.options, ...args], cwd: target.folder, env };
    // From the same hands as the server's processes: only they know each other's terminals.
    const local = target.processes.openTerminal(command, { columns: 91, rows: 27 });
    return { local, screen: new Screen(local.output) };
  }

  test("the size follows the client's, Ctrl-C interrupts, and the status comes back", async () => {
    await using target = await SshForRealClients.start();
    const script = `trap 'stty size' WINCH; trap 'echo interrupted; exit 7' INT; tty; echo "[$SSH_TTY $TERM]"; stty size; echo ready; while :; do sleep 0.01; done`;
    const { local, screen } = sit(target, ["localhost", script]);

    await screen.shows("/dev/pts/");
    await screen.shows(" xterm]");
    await screen.shows("27 91");
    await screen.shows("ready");
    local.resize({ columns: 132, rows: 50 });
    await screen.shows("50 132");
    local.input.write("\x03");
    await screen.shows("interrupted");

    expect(await local.exited).toMatchObject({ code: 7 });
  });

  test("an interactive shell is a login shell, begins with the greeting, and knows no other terminal", async () => {
    await using target = await SshForRealClients.start({ greeting: () => Promise.resolve("Mind the gap.\n") });
    const { local, screen } = sit(target, ["localhost"]);
    const other = sit(target, ["localhost"]); // a terminal that is open while the shell's commands start

    await screen.shows("Mind the gap.\r\n");
    local.input.write("shopt -q login_shell && echo log''in; ls -l /proc/self/fd | grep -c ptm''x; echo en''d\n");
    await screen.shows("login\r\n0\r\nend");
    local.input.write("exit 5\n");

    expect(await local.exited).toMatchObject({ code: 5 });
    other.local.hangUp();
  });

  test("the terminal of a client that leaves is hung up", async () => {
    const over = Promise.withResolvers<void>();
    await using target = await SshForRealClients.start({
      onSession: () => () => over.resolve(),
    });
    const { local, screen } = sit(target, [
      "localhost",
      `trap 'mkfifo "$HOME/hup"; exit' HUP; echo ready; while :; do sleep 0.01; done`,
    ]);

    await screen.shows("ready");
    local.signal("SIGKILL");
    await over.promise;

    expect(await target.ssh(["localhost", 'until [ -p "$HOME/hup" ]; do sleep 0.01; done'])).toMatchObject({ code: 0 });
  });

  test("the end of the output is not lost when the client reads slowly", async () => {
    await using target = await SshForRealClients.start();

    // The client's output goes nowhere until the command has long ended.
    const slow = `${target.command} -tt localhost 'stty -opost; seq 400000; touch done' | (until [ -e '${target.home}/done' ] || [ $((i += 1)) = 40 ]; do sleep 0.05; done; tail -n 1)`;
    const outcome = await target.run("sh", ["-c", slow]);

    expect(outcome.stdout).toBe("400000\n");
  }, 20_000);

  test("a long paste reaches a program that does not read yet, and nobody else waits for it", async () => {
    await using target = await SshForRealClients.start();
    await writeFile(join(target.folder, "paste"), "p".repeat(300_000));
    const reader = "stty raw -echo; touch raw; until [ -e go ]; do sleep 0.02; done; head -c 300000 | wc -c";

    const typist = `(until [ -e '${target.home}/raw' ]; do sleep 0.02; done; cat paste; touch pasted)`;
    const busy = target.run("sh", ["-c", `${typist} | ${target.command} -tt localhost '${reader}'`]);
    const other = await target.ssh([
      "localhost",
      `until [ -e ${target.folder}/pasted ]; do sleep 0.02; done; touch go; echo meanwhile`,
    ]);

    expect(other.stdout).toBe("meanwhile\n");
    expect((await busy).stdout.trim()).toBe("300000");
  }, 20_000);
});

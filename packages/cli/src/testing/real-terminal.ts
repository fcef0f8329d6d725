import { spawn, type IPty } from "@lydell/node-pty";

/** A program in a terminal of its own: what is typed into it, and what it draws. */
export class RealTerminal implements AsyncDisposable {
  readonly #pty: IPty;
  readonly #exited: Promise<number>;
  #seen = "";
  #unread = 0;
  #wake: (() => void) | undefined;

  constructor(
    file: string,
    args: readonly string[],
    { env = {}, columns = 80, rows = 24 }: { env?: Record<string, string>; columns?: number; rows?: number } = {},
  ) {
    this.#pty = spawn(file, [...args], {
      name: "xterm-256color",
      cols: columns,
      rows,
      env: { ...process.env, ...env },
    });
    this.#pty.onData((data) => {
      this.#seen += data;
      this.#wake?.();
    });
    this.#exited = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode }) => {
        this.#wake?.();
        resolve(exitCode);
      });
    });
  }

  get exited(): Promise<number> {
    return this.#exited;
  }

  type(keys: string): void {
    this.#pty.write(keys);
  }

  /** Waits until the terminal shows the pattern, in what was not waited for before. Gives what came up to its end. */
  async shows(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.#seen.slice(this.#unread));
      if (match !== null) {
        const from = this.#unread;
        this.#unread += match.index + match[0].length;
        return this.#seen.slice(from, this.#unread);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Makes the terminal larger and waits until the shell in it knows. */
  async grow(columns: number, rows: number): Promise<void> {
    this.#pty.resize(columns, rows);
    // The new size travels beside the keys, so the first answers may still be the old one.
    for (let size = ""; !size.endsWith(`${rows} ${columns}\r\n`); size = await this.shows(/\r\d+ \d+\r\n/)) {
      this.type("stty size\n");
    }
  }

  /** Begins what never ends, and interrupts it. */
  async interruptACommand(): Promise<void> {
    // Said by the command itself: before it has the terminal, an interrupt is the shell's.
    this.type("sh -c 'echo begun; exec sleep 1000'\n");
    await this.shows(/\rbegun\r\n/);
    this.type("\u0003");
    // The terminal forgets what was typed before it has taken the interrupt.
    await this.shows(/\^C/);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pty.kill("SIGKILL");
    await this.#exited;
  }
}

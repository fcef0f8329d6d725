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

  resize(columns: number, rows: number): void {
    this.#pty.resize(columns, rows);
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pty.kill("SIGKILL");
    await this.#exited;
  }
}

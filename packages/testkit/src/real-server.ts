import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { TestFolder } from "@hearth/base/test-folder";
import type { Client } from "@hearth/sdk";
import { freePort } from "./free-port.ts";
import { logIn } from "./log-in.ts";

const root = join(import.meta.dirname, "../../..");
const owner = { email: "owner@example.com", username: "owner", password: "Passw0rd-of-owner" };

/** `npm start`'s program, as a user runs it: its own PostgreSQL, workspaces as processes, one data directory for all starts. */
export class RealServer implements AsyncDisposable {
  readonly dataDir: string;
  readonly url: string;
  readonly #folder: TestFolder;
  #process: ChildProcess | undefined;
  #output = "";

  private constructor(folder: TestFolder, port: number) {
    this.#folder = folder;
    this.dataDir = folder.join("data");
    this.url = `http://127.0.0.1:${port}`;
  }

  /** `within`: a directory that root's PostgreSQL may pass through. */
  static async prepare(where: { within?: string } = {}): Promise<RealServer> {
    const folder = new TestFolder(where);
    // As root PostgreSQL runs under another user, who must be able to pass through.
    await chmod(folder.path, 0o755);
    return new RealServer(folder, await freePort());
  }

  get output(): string {
    return this.#output;
  }

  /** How it is started, for tests that give it other streams, or another parent. */
  program(env: Readonly<Record<string, string>> = {}): {
    file: string;
    args: string[];
    options: { cwd: string; env: Record<string, string> };
  } {
    return {
      file: process.execPath,
      args: [join(root, "start.mjs")],
      options: {
        cwd: root,
        env: {
          // Of what the machine needs to be told (proxies, certificates) all; of Hearth's settings none but these.
          ...Object.fromEntries(
            Object.entries(process.env).flatMap(([name, value]) =>
              value === undefined || name.startsWith("HEARTH_") ? [] : [[name, value]],
            ),
          ),
          HOME: this.dataDir,
          XDG_CONFIG_HOME: "",
          HEARTH_DATA_DIR: this.dataDir,
          HEARTH_HTTP_ADDRESS: new URL(this.url).host,
          HEARTH_FIRST_USER_EMAIL: owner.email,
          HEARTH_FIRST_USER_USERNAME: owner.username,
          HEARTH_FIRST_USER_PASSWORD: owner.password,
          HEARTH_ALLOW_UNSANDBOXED: "1",
          HEARTH_API_RATE_LIMIT: "0",
          ...env,
        },
      },
    };
  }

  /** Starts it and waits until it is ready. @throws Error with what it said when it ends before that */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#output = "";
    const { file, args, options } = this.program(env);
    const child = spawn(file, args, {
      ...options,
      // A group of its own, so that its end can be waited for whole.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    const ready = Promise.withResolvers<void>();
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#output += chunk.toString("utf8");
        if (this.#output.includes("Try next")) ready.resolve();
      });
    }
    child.once("exit", () => ready.reject(new Error(`the server ended:\n${this.#output}`)));
    await ready.promise;
  }

  /** Of what was started; its server and launcher are in this session, database and workspaces are not. */
  get sessionId(): number {
    if (this.#process?.pid === undefined) throw new Error("the server was not started");
    return this.#process.pid;
  }

  /** Resolves when the process has ended, however; with its exit code where it has one. */
  async ended(): Promise<number | undefined> {
    const child = this.#process;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) await once(child, "exit");
    return child?.exitCode ?? undefined;
  }

  /** Asks it to stop as Ctrl-C does, and waits. */
  async stop(): Promise<number | undefined> {
    this.#process?.kill("SIGINT");
    return await this.ended();
  }

  /** Ends it by SIGKILL, its launcher as well; its database and workspaces have sessions of their own, and go on. */
  async kill(): Promise<void> {
    if (this.#process?.pid !== undefined) process.kill(-this.#process.pid, "SIGKILL");
    await this.ended();
  }

  async logIn(): Promise<Client> {
    return await logIn(this.url, owner.email, owner.password);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#folder[Symbol.asyncDispose]();
  }
}

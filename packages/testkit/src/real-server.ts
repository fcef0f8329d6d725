import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient, endpoints, type Client } from "@hearth/sdk";

const root = join(import.meta.dirname, "../../..");
const owner = { email: "owner@example.com", username: "owner", password: "Passw0rd-of-owner" };

/** `npm start`'s program, as a user runs it: its own PostgreSQL, workspaces as processes, one data directory for all starts. */
export class RealServer implements AsyncDisposable {
  readonly dataDir: string;
  readonly url: string;
  #process: ChildProcess | undefined;
  #output = "";

  private constructor(dataDir: string, port: number) {
    this.dataDir = dataDir;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async prepare(): Promise<RealServer> {
    const parent = await mkdtemp(join(tmpdir(), "hearth-real-"));
    // As root PostgreSQL runs under another user, who must be able to pass through.
    await chmod(parent, 0o755);
    return new RealServer(join(parent, "data"), await freePort());
  }

  get output(): string {
    return this.#output;
  }

  /** Starts it and waits until it is ready. @throws Error with what it said when it ends before that */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#output = "";
    const child = spawn(process.execPath, [join(root, "start.mjs")], {
      cwd: root,
      // A group of its own, so that its end can be waited for whole.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        // Of what the machine needs to be told (proxies, certificates) all; of Hearth's settings none but these.
        ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("HEARTH_"))),
        HOME: this.dataDir,
        HEARTH_DATA_DIR: this.dataDir,
        HEARTH_HTTP_ADDRESS: new URL(this.url).host,
        HEARTH_FIRST_USER_EMAIL: owner.email,
        HEARTH_FIRST_USER_USERNAME: owner.username,
        HEARTH_FIRST_USER_PASSWORD: owner.password,
        HEARTH_ALLOW_UNSANDBOXED: "1",
        HEARTH_API_RATE_LIMIT: "0",
        ...env,
      },
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

  /** Resolves when the process has ended, however. */
  async ended(): Promise<void> {
    const child = this.#process;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }

  /** Asks it to stop as Ctrl-C does, and waits. */
  async stop(): Promise<void> {
    this.#process?.kill("SIGINT");
    await this.ended();
  }

  /** Ends it by SIGKILL, its launcher as well; its database and workspaces have sessions of their own, and go on. */
  async kill(): Promise<void> {
    if (this.#process?.pid !== undefined) process.kill(-this.#process.pid, "SIGKILL");
    await this.ended();
  }

  async logIn(): Promise<Client> {
    const { session_token } = await createClient({ url: this.url }).call(endpoints.auth.login, {
      body: { email: owner.email, password: owner.password },
    });
    return createClient({ url: this.url, token: session_token });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(join(this.dataDir, ".."), { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

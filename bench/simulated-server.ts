import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { TestFolder } from "@hearth/base/test-folder";
import type { Client } from "@hearth/sdk";
import { freePort, logIn, SimulatedFleet } from "@hearth/testkit";
import { endStarter, socketOf } from "./measured-server.ts";
import { within } from "./within.ts";

const owner = { email: "owner@example.com", username: "owner", password: "Passw0rd-of-owner" };
const startWithinMs = 120_000;

/** The program of `hearth server` with its own PostgreSQL, whose workspaces are simulated agents in a process of their own. */
export class SimulatedServer implements AsyncDisposable {
  readonly dataDir: string;
  readonly fleet: SimulatedFleet;
  /** The owner's. */
  readonly client: Client;
  readonly #env: Record<string, string>;
  readonly #undo: AsyncDisposableStack;
  readonly #running: { process: ChildProcess };

  private constructor(
    parts: {
      dataDir: string;
      fleet: SimulatedFleet;
      client: Client;
      running: { process: ChildProcess };
      env: Record<string, string>;
    },
    undo: AsyncDisposableStack,
  ) {
    this.dataDir = parts.dataDir;
    this.fleet = parts.fleet;
    this.client = parts.client;
    this.#running = parts.running;
    this.#env = parts.env;
    this.#undo = undo;
  }

  static async start(env: Readonly<Record<string, string>>): Promise<SimulatedServer> {
    await using undo = new AsyncDisposableStack();
    const folder = undo.use(new TestFolder());
    await chmod(folder.path, 0o755); // as root PostgreSQL runs under another user, who must be able to pass through
    const dataDir = folder.join("data");
    const fleet = undo.use(await SimulatedFleet.start());
    const url = `http://127.0.0.1:${await freePort()}`;
    const all = { ...environment({ dataDir, url, fleet }), ...env };
    const running = { process: await startProgram(all) };
    undo.defer(() => stop(running.process));
    const client = await logIn(url, owner.email, owner.password);
    await endStarter(client);
    return new SimulatedServer({ dataDir, fleet, client, running, env: all }, undo.move());
  }

  /** Of its PostgreSQL. */
  get connectionString(): string {
    return socketOf(this.dataDir);
  }

  get pid(): number {
    return this.#running.process.pid ?? 0;
  }

  /** Ends it as Ctrl-C does and starts it on the same data, at the same address. */
  async startAgain(): Promise<void> {
    await stop(this.#running.process);
    this.#running.process = await startProgram(this.#env);
  }

  /** What nobody needs is gone after it. */
  async collectGarbage(): Promise<void> {
    const collected = once(this.#running.process, "message");
    this.#running.process.send("collect");
    await within("the server to collect its garbage", collected);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#undo.disposeAsync();
  }
}

function environment(parts: { dataDir: string; url: string; fleet: SimulatedFleet }): Record<string, string> {
  const { dataDir, url, fleet } = parts;
  return {
    ...Object.fromEntries(
      Object.entries(process.env).flatMap(([name, value]) =>
        value === undefined || name.startsWith("HEARTH_") ? [] : [[name, value]],
      ),
    ),
    BENCH_FLEET_URL: fleet.url,
    HOME: dataDir,
    HEARTH_DATA_DIR: dataDir,
    HEARTH_HTTP_ADDRESS: new URL(url).host,
    HEARTH_FIRST_USER_EMAIL: owner.email,
    HEARTH_FIRST_USER_USERNAME: owner.username,
    HEARTH_FIRST_USER_PASSWORD: owner.password,
    HEARTH_ALLOW_UNSANDBOXED: "1",
    HEARTH_API_RATE_LIMIT: "0",
  };
}

async function startProgram(env: Record<string, string>): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, "programs/simulated-server.ts"), { env, execArgv: ["--expose-gc"] });
  const ended = once(child, "exit").then(([code]) => Promise.reject(new Error(`the server ended with ${code}`)));
  await within("the server to start", Promise.race([once(child, "message"), ended]), startWithinMs);
  ended.catch(() => undefined); // stopped
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGINT");
  await within("the server to stop", exited);
}

import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { AgentHome } from "./simulated-engine.ts";

/**
 * Simulated agents in a process of their own, which reports its use as real ones do: thousands of them, whose work is not
 * the measured server's. They outlive a server that is started again, and connect again.
 */
export class SimulatedFleet implements AsyncDisposable {
  /** Where it is told which agents there are, see {@link fleetHome}. */
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, port: number) {
    this.#process = process;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<SimulatedFleet> {
    const child = fork(join(import.meta.dirname, "fleet-program.ts"));
    const failed = once(child, "exit").then(([code]) => Promise.reject(new Error(`the fleet ended with ${code}`)));
    const [port] = (await Promise.race([once(child, "message"), failed])) as [number]; // what fleet-program sends
    failed.catch(() => undefined); // disposed
    return new SimulatedFleet(child, port);
  }

  /** Every agent ends its connection and makes none. */
  async goAway(): Promise<void> {
    await ask(this.url, "POST", "/away");
  }

  /** Begins to connect all of them. */
  async comeBack(): Promise<void> {
    await ask(this.url, "POST", "/back");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill();
    await once(this.#process, "exit");
  }
}

/** The fleet at an address of {@link SimulatedFleet.url}, from any process: its agents stay when a server leaves. */
export function fleetHome(url: string): AgentHome {
  return {
    async begin(workspaceId, agents) {
      await ask(url, "PUT", `/workspaces/${workspaceId}`, agents);
    },
    async end(workspaceId) {
      await ask(url, "DELETE", `/workspaces/${workspaceId}`);
    },
    async held() {
      return (await ask(url, "GET", "/workspaces")) as string[]; // of fleet-program
    },
    leave: () => Promise.resolve(),
  };
}

async function ask(url: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${url}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`the fleet answers ${response.status}: ${await response.text()}`);
  return await response.json();
}

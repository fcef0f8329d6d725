import { randomBytes } from "node:crypto";
import type { Logger } from "@hearth/base";
import type * as Ssh from "#ssh/index.ts";
import type { SshServer } from "#ssh/server.ts";
import type { SshServices } from "#ssh/services.ts";
import type { Workspace } from "#workspace/workspace.ts";

type SshModule = typeof Ssh;

/** The SSH server, made when somebody first connects: with the module that is loaded late, and the manifest's host key. */
export class SshService {
  readonly #services: SshServices;
  readonly #workspace: Workspace;
  readonly #log: Logger;
  #module: Promise<SshModule> | undefined;
  #current: { readonly seed: Buffer; readonly server: SshServer } | undefined;
  #retired: SshServer[] = [];

  constructor(services: SshServices, { workspace, log }: { workspace: Workspace; log: Logger }) {
    this.#services = services;
    this.#workspace = workspace;
    this.#log = log;
  }

  /** Loads what takes long to load, so that the first connection need not wait for it. */
  preload(): void {
    this.#load().catch((error: unknown) => this.#log.error({ err: error }, "the ssh server cannot be loaded"));
  }

  /**
   * Rehearses a connection, unless a real one came first: it costs the time of one, so it is for when there is nothing
   * better to do. Never rejects.
   */
  async rehearse(signal: AbortSignal): Promise<void> {
    try {
      const [{ rehearse }] = await Promise.all([this.#load(), this.#workspace.known(signal)]);
      if (this.#current === undefined) await rehearse(this.#services);
    } catch (error) {
      if (!signal.aborted) this.#log.warn({ err: error }, "an ssh connection could not be rehearsed");
    }
  }

  /** The server of this moment. Waits for the manifest; rejects with the signal's reason. */
  async server(signal: AbortSignal): Promise<SshServer> {
    const [{ SshServer: Server, deriveHostKey }, { hostKeySeed }] = await Promise.all([
      this.#load(),
      this.#workspace.known(signal),
    ]);
    const known = this.#current;
    if (known && (hostKeySeed.length === 0 || known.seed.equals(hostKeySeed))) return known.server;
    if (known) this.#retired.push(known.server); // its connections go on
    if (hostKeySeed.length === 0)
      this.#log.warn({}, "the server gave no seed; the host key lasts until the agent ends");
    const seed = hostKeySeed.length === 0 ? randomBytes(32) : Buffer.from(hostKeySeed);
    this.#current = { seed, server: new Server(deriveHostKey(seed), this.#services) };
    return this.#current.server;
  }

  /** Ends every connection in order. */
  close(): void {
    for (const server of this.#retired) server.close();
    this.#current?.server.close();
  }

  #load(): Promise<SshModule> {
    return (this.#module ??= import("#ssh/index.ts"));
  }
}

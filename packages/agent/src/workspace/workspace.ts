import { statSync } from "node:fs";
import type { Logger } from "@hearth/base";
import type { Manifest } from "@hearth/wire/agent-proto";
import { buildEnvironment, type Host } from "#environment/environment.ts";
import { expandPath } from "#environment/expand.ts";
import { writeSecretFiles } from "#environment/secret-files.ts";
import type { Surroundings } from "#processes/surroundings.ts";

/** The workspace as the newest manifest describes it, for everything that starts from now on. */
export class Workspace {
  readonly #host: Host;
  readonly #log: Logger;
  readonly #known = Promise.withResolvers<void>();
  #manifest: Manifest | undefined;
  #env: Readonly<Record<string, string>>;
  #directory: string;

  constructor(host: Host, { log }: { log: Logger }) {
    this.#host = host;
    this.#log = log;
    this.#env = buildEnvironment(host, undefined);
    this.#directory = host.home;
  }

  get manifest(): Manifest | undefined {
    return this.#manifest;
  }

  /** The manifest's directory, absolute, whether it exists or not. */
  get directory(): string {
    return this.#directory;
  }

  /** What a process that starts now gets. */
  surroundings = (): Surroundings => ({
    env: this.#env,
    directory: isDirectory(this.#directory) ? this.#directory : this.#host.home,
    shell: this.#host.shell,
  });

  /** Takes a manifest: environment, directory, identity. Secrets that are files follow with {@link writeSecrets}. */
  use(manifest: Manifest): void {
    const { home } = this.#host;
    this.#manifest = manifest;
    this.#env = buildEnvironment(this.#host, manifest);
    this.#directory =
      manifest.directory === "" ? home : expandPath(manifest.directory, { env: this.#env, home, base: home });
    this.#known.resolve();
  }

  /** Writes the manifest's secrets that are to be files. Never rejects. */
  async writeSecrets(): Promise<void> {
    const secrets = this.#manifest?.secrets ?? [];
    await writeSecretFiles(secrets, { env: this.#env, home: this.#host.home, log: this.#log });
  }

  /** Resolves once there is a manifest; rejects with the signal's reason. */
  async known(signal: AbortSignal): Promise<Manifest> {
    if (this.#manifest) return this.#manifest;
    const gaveUp = Promise.withResolvers<never>();
    const onAbort = (): void => gaveUp.reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await Promise.race([this.#known.promise, gaveUp.promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
    if (!this.#manifest) throw new Error("The workspace is not known."); // `known` resolves with it only
    return this.#manifest;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

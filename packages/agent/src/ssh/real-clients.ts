import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { delimiter, join } from "node:path";
import { silentLogger, systemClock } from "@hearth/base";
import { TestFolder } from "@hearth/base/test-folder";
import { loadNativePty } from "#processes/native-pty.ts";
import { Processes } from "#processes/processes.ts";
import { deriveHostKey } from "#ssh/host-key.ts";
import { SshServer } from "#ssh/server.ts";
import type { SshPolicy, SshServices } from "#ssh/services.ts";

/** Why a test that needs these programs is skipped, or nothing when all of them are here. For tests only. */
export function missing(...programs: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const absent = programs.filter((program) => !folders.some((folder) => existsSync(join(folder, program))));
  return absent.length > 0 ? `${absent.join(", ")} not installed here` : undefined;
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** An agent's SSH server behind a TCP port, for real clients. For tests only. */
export class SshForRealClients implements AsyncDisposable {
  readonly folder: string;
  readonly home: string;
  readonly port: number;
  readonly server: SshServer;
  readonly #listener: Server;
  readonly #scratch: TestFolder;
  readonly processes: Processes;

  private constructor(parts: {
    scratch: TestFolder;
    home: string;
    server: SshServer;
    listener: Server;
    processes: Processes;
  }) {
    this.#scratch = parts.scratch;
    this.folder = parts.scratch.path;
    this.home = parts.home;
    this.server = parts.server;
    this.#listener = parts.listener;
    this.processes = parts.processes;
    const address = parts.listener.address();
    if (address === null || typeof address === "string") throw new Error("The listener has no port.");
    this.port = address.port;
  }

  static async start(
    options: { policy?: Partial<SshPolicy>; env?: Record<string, string> } & Partial<Omit<SshServices, "policy">> = {},
  ): Promise<SshForRealClients> {
    const { policy, env: extra = {}, ...services } = options;
    const scratch = new TestFolder();
    const folder = scratch.path;
    const home = join(folder, "home");
    await mkdir(home);
    const processes = new Processes({
      directory: join(folder, "run"),
      clock: systemClock,
      log: silentLogger,
      loadPty: loadNativePty,
    });
    await processes.prepare();
    const env = { PATH: process.env.PATH ?? "", HOME: home, USER: "dev", ...extra };
    const server = new SshServer(deriveHostKey(randomBytes(32)), {
      processes,
      surroundings: () => ({ env, directory: home, shell: "/bin/bash" }),
      directory: join(folder, "run"),
      greeting: () => Promise.resolve(""),
      onSession: () => () => undefined,
      clock: systemClock,
      log: silentLogger,
      ...services,
      policy: { blocksFileTransfer: false, blocksLocalForwarding: false, blocksReverseForwarding: false, ...policy },
    });
    const listener = createServer({ noDelay: true }, (socket) => server.accept(socket));
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    return new SshForRealClients({ scratch, home, server, listener, processes });
  }

  /** What every client needs to reach the server and to trust it. */
  get options(): string[] {
    const settings = {
      Port: this.port,
      User: "dev",
      StrictHostKeyChecking: "no",
      UserKnownHostsFile: "/dev/null",
      LogLevel: "ERROR",
      ControlPath: "none",
    };
    return ["-F", "none", ...Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`])];
  }

  /** `ssh` with the options, as one shell word list for programs that start it themselves. */
  get command(): string {
    return ["ssh", ...this.options].join(" ");
  }

  /** Runs `ssh … localhost <args>` to its end. */
  async ssh(args: readonly string[], input: string | Buffer = ""): Promise<Outcome> {
    return await this.run("ssh", [...this.options, ...args], { input });
  }

  /** Runs any program to its end. */
  async run(
    file: string,
    args: readonly string[],
    { input = "", env = {} }: { input?: string | Buffer; env?: Record<string, string> } = {},
  ): Promise<Outcome> {
    const child = spawn(file, args, { env: { ...process.env, ...env }, cwd: this.folder });
    const output = { stdout: "", stderr: "" };
    child.stdout.setEncoding("latin1").on("data", (text: string) => (output.stdout += text));
    child.stderr.setEncoding("latin1").on("data", (text: string) => (output.stderr += text));
    child.stdin.on("error", () => undefined); // the program may end without reading
    child.stdin.end(input);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.once("close", resolve);
    });
    return { code, ...output };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.close();
    this.processes[Symbol.dispose]();
    await new Promise((resolve) => this.#listener.close(resolve));
    await this.#scratch[Symbol.asyncDispose]();
  }
}

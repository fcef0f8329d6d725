import type { Duplex } from "node:stream";
import { silentLogger, systemClock } from "@hearth/base";
import {
  agentFrames,
  clientFrames,
  encodeFrame,
  FrameReader,
  type Frame,
  withLength,
  writeNumber,
} from "@hearth/sdk/commands";
import { memoryPair } from "@hearth/wire";
import { Commands, type CommandsOptions } from "#commands/commands.ts";
import { serveCommands } from "#commands/serve-commands.ts";
import type { SessionObserver } from "#ssh/services.ts";
import { Scratch } from "#testing/scratch.ts";

/** What a client may be told about a command, read. */
export type Told =
  | { readonly kind: "started"; readonly process_id: string; readonly pid: number }
  | { readonly kind: "stdout" | "stderr"; readonly bytes: Buffer }
  | { readonly kind: "exit"; readonly exit_code: number; readonly signal: string | null }
  | { readonly kind: "error"; readonly code: string; readonly message: string }
  | { readonly kind: "take"; readonly bytes: number }
  | { readonly kind: "dropped"; readonly bytes: number };

/** How a command went, for whom the order of its output does not matter. */
export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly end: Told | undefined;
}

type RigOptions = Partial<CommandsOptions> & { env?: Record<string, string>; onSession?: SessionObserver };

/** The agent's commands with real processes in a folder of the test's own, and clients for them. For tests only. */
export class CommandsRig implements AsyncDisposable {
  readonly scratch: Scratch;
  readonly commands: Commands;
  readonly #onSession: SessionObserver;

  constructor({ env, onSession = () => () => undefined, ...options }: RigOptions = {}) {
    const { clock = systemClock } = options;
    this.scratch = new Scratch({ clock, ...(env && { env }) });
    this.#onSession = onSession;
    this.commands = new Commands({
      processes: this.scratch.processes,
      surroundings: this.scratch.surroundings,
      known: async () => undefined,
      usable: async () => undefined,
      directory: this.scratch.folder,
      userName: "dev",
      blocksFileTransfer: false,
      clock,
      log: silentLogger,
      ...options,
    });
  }

  connect(): CommandsClient {
    const [ours, theirs] = memoryPair();
    serveCommands(theirs, Buffer.alloc(0), { commands: this.commands, onSession: this.#onSession, log: silentLogger });
    return new CommandsClient(ours);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.commands.close();
    await this.scratch[Symbol.asyncDispose]();
  }
}

/** A client of the commands protocol that shows every frame. It gives window back only when it is told to. */
export class CommandsClient {
  readonly stream: Duplex;
  readonly #reader = new FrameReader();
  readonly #told = new Map<number, Told[]>();
  readonly #waiting = new Set<() => void>();
  #last = 0;
  /** Whether what comes is taken at once. */
  takesAll = true;

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.on("error", () => undefined);
    stream.on("data", (chunk: Buffer) => {
      for (const frame of this.#reader.feed(chunk)) this.#hear(frame);
      for (const listener of this.#waiting) listener();
    });
  }

  /** Sends `start`, and gives the command's number. */
  start(request: object, command = ++this.#last): number {
    this.send(clientFrames.start, command, request);
    return command;
  }

  attach(processId: string, after = 0): number {
    this.send(clientFrames.attach, ++this.#last, { process_id: processId, after });
    return this.#last;
  }

  send(kind: number, command: number, payload?: Uint8Array | object): void {
    this.stream.write(withLength(encodeFrame(kind, command, payload)));
  }

  take(command: number, bytes: number): void {
    this.send(clientFrames.take, command, writeNumber(bytes));
  }

  /** All that was said about a command so far. */
  told(command: number): readonly Told[] {
    return this.#told.get(command) ?? [];
  }

  /** Its output so far, both kinds. */
  text(command: number, kind?: "stdout" | "stderr"): string {
    const parts = this.told(command).flatMap((told) =>
      (told.kind === "stdout" || told.kind === "stderr") && told.kind === (kind ?? told.kind) ? [told.bytes] : [],
    );
    return Buffer.concat(parts).toString("latin1");
  }

  /** Resolves once `find` gives something for what was said so far. */
  async until<T>(find: () => T | undefined | false): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined && found !== false) return found;
      await new Promise<void>((resolve) => {
        const listener = (): void => {
          this.#waiting.delete(listener);
          resolve();
        };
        this.#waiting.add(listener);
      });
    }
  }

  /** Its `started`. */
  async started(command: number): Promise<Extract<Told, { kind: "started" }>> {
    return await this.until(() => this.told(command).find((told) => told.kind === "started"));
  }

  /** The last frame about it. */
  async end(command: number): Promise<Told> {
    return await this.until(() => this.told(command).find(({ kind }) => kind === "exit" || kind === "error"));
  }

  /** Runs a command to its end, fed with the text where there is one. */
  async run(request: object, stdin?: string | Buffer): Promise<Ran> {
    const command = this.start(stdin === undefined ? request : { stdin: true, ...request });
    if (stdin !== undefined) {
      if (stdin.length > 0) this.send(clientFrames.stdin, command, Buffer.from(stdin));
      this.send(clientFrames.stdinEnd, command);
    }
    const end = await this.end(command);
    return { stdout: this.text(command, "stdout"), stderr: this.text(command, "stderr"), end };
  }

  #hear(frame: Frame): void {
    const told = this.#told.get(frame.command) ?? [];
    this.#told.set(frame.command, told);
    const item = read(frame);
    told.push(item);
    const isOutput = item.kind === "stdout" || item.kind === "stderr";
    if (isOutput && this.takesAll) this.take(frame.command, item.bytes.length);
  }
}

/** A frame of the agent's, read. */
export function read({ kind, payload }: Frame): Told {
  const bytes = Buffer.from(payload);
  const json = (): object => JSON.parse(bytes.toString("utf8")) as object;
  switch (kind) {
    case agentFrames.stdout:
      return { kind: "stdout", bytes };
    case agentFrames.stderr:
      return { kind: "stderr", bytes };
    case agentFrames.take:
      return { kind: "take", bytes: bytes.readUInt32BE(0) };
    default: {
      const name = Object.entries(agentFrames).find(([, known]) => known === kind)?.[0];
      return { kind: name, ...json() } as Told; // the agent's own words, which the tests compare whole
    }
  }
}

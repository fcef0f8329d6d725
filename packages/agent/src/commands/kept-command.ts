import { randomUUID } from "node:crypto";
import type { Readable, Writable } from "node:stream";
import { type Clock, onAbort, Wake } from "@hearth/base";
import type { OutputRecord } from "#commands/output-record.ts";
import type { OutputSource } from "#commands/output-runs.ts";
import type { StartRequest } from "#commands/start-request.ts";
import { type Exit, isGroupAlive } from "#processes/exit.ts";
import type { TerminalSize } from "#processes/processes.ts";

/** A process that has been started, on pipes or on a terminal. */
export interface StartedProcess {
  readonly pid: number;
  readonly outputs: readonly { readonly source: OutputSource; readonly stream: Readable }[];
  /** Nothing when it reads from /dev/null. */
  readonly stdin: Writable | undefined;
  readonly exited: Promise<Exit>;
  /** To it and its group. */
  signal(signal: NodeJS.Signals): void;
  /** Of a terminal only. */
  readonly resize?: (size: TerminalSize) => void;
  readonly hangUp?: () => void;
}

/** What is remembered of how it was asked for; not what it was told in confidence, such as its environment. */
export type CommandFacts = Pick<StartRequest, "task" | "tty" | "detach" | "timeoutMs">;

/** Somebody who follows the output, and is this far. */
export interface OutputReader {
  readonly offset: number;
}

/** So much may be read of a command before its client has taken it. */
const aheadBytes = 64 * 1024;
/** After a polite signal, until the last one. */
const killGraceMs = 5000;
/** How long what a command leaves behind may hold its output open without a pause of ours. */
const pipesGraceMs = 1000;
/** Ctrl-D: what ends the input of a program on a terminal. */
const endOfInput = "\x04";

/**
 * A command that somebody has started from outside, its output as it is kept, and how it has ended.
 *
 * - One that is not detached goes at the pace of its client, and is hung up when that leaves.
 * - One that is detached waits for nobody but the disk.
 * - It has ended when its process has and its output was read; what it leaves behind may go on, unheard.
 */
export class KeptCommand {
  readonly id = randomUUID();
  readonly facts: CommandFacts;
  /** Absolute. */
  readonly directory: string;
  readonly startedAtMs: number;
  readonly output: OutputRecord;
  /** Rings when it has ended. */
  readonly ended = new Wake();
  readonly pid: number;
  /** Gone once it has ended: its streams are most of what a command needs. */
  #process: StartedProcess | undefined;
  readonly #clock: Clock;
  /** What there is to wait for in vain once the process has ended, or all of its group; most commands have neither. */
  #timeout: AbortController | undefined;
  #grace: AbortController | undefined;
  #exit: Exit | undefined;
  #endedAtMs: number | undefined;
  #client: OutputReader | undefined;
  #isHeld = false;
  #holds = 0;

  constructor(
    process: StartedProcess,
    facts: CommandFacts,
    { directory, output, clock }: { directory: string; output: OutputRecord; clock: Clock },
  ) {
    this.facts = facts;
    this.directory = directory;
    this.output = output;
    this.startedAtMs = clock.now();
    this.pid = process.pid;
    this.#process = process;
    this.#clock = clock;
    for (const { source, stream } of process.outputs) {
      stream.on("data", (chunk: Buffer) => {
        output.append(source, chunk);
        this.#flow();
      });
      stream.on("error", () => undefined); // `close` follows
    }
    output.drained.subscribe(() => this.#flow());
    void this.#watch(process);
  }

  /** How it ended, once it has and everything that it said is in {@link output}. */
  get exit(): Exit | undefined {
    return this.#exit;
  }

  get endedAtMs(): number | undefined {
    return this.#endedAtMs;
  }

  /** Whom it waits for, from now on. */
  serve(client: OutputReader): void {
    this.#client = client;
  }

  /** The client has read on. */
  onRead(): void {
    this.#flow();
  }

  /** Calls back once the bytes are taken, also by nobody: one that does not read is fed into the void. */
  feed(bytes: Uint8Array, done: () => void): void {
    const stdin = this.#process?.stdin;
    if (!stdin?.writable) done();
    else stdin.write(bytes, () => done());
  }

  endInput(): void {
    if (this.facts.tty) this.#process?.stdin?.write(endOfInput);
    else this.#process?.stdin?.end();
  }

  resize(size: TerminalSize): void {
    this.#process?.resize?.(size);
  }

  /** To the process and its group, while it runs. */
  signal(signal: NodeJS.Signals): void {
    this.#process?.signal(signal);
  }

  /** The client who started it lets go: that ends it, unless it is detached. */
  letGo(): void {
    this.#client = undefined;
    this.#flow();
    if (!this.facts.detach) this.end("SIGHUP");
  }

  /** Ends it and its group: by this signal, and by force 5 s later. Nothing happens when it has ended. */
  end(signal: NodeJS.Signals): void {
    const process = this.#process;
    if (!process) return;
    process.signal(signal);
    if (signal === "SIGHUP") {
      process.hangUp?.();
      process.stdin?.destroy();
    }
    this.#grace ??= new AbortController();
    this.#clock.sleep(killGraceMs, { signal: this.#grace.signal, tag: "command kill grace" }).then(
      () => process.signal("SIGKILL"),
      () => undefined, // all of the group is gone
    );
  }

  async #watch(process: StartedProcess): Promise<void> {
    const { timeoutMs } = this.facts;
    if (timeoutMs !== undefined) {
      this.#timeout = new AbortController();
      this.#clock.sleep(timeoutMs, { signal: this.#timeout.signal, tag: "command timeout" }).then(
        () => this.end("SIGTERM"),
        () => undefined, // it has ended
      );
    }
    const exit = await process.exited;
    this.#timeout?.abort();
    if (this.#grace && !isGroupAlive(this.pid)) this.#grace.abort();
    await this.#untilSilent(process);
    this.#exit = exit;
    this.#endedAtMs = this.#clock.now();
    this.#process = undefined;
    this.#client = undefined;
    for (const { stream } of process.outputs) {
      stream.removeAllListeners("data");
      stream.resume(); // who was left behind may write on, and must not die of it
    }
    process.stdin?.destroy();
    process.hangUp?.();
    this.output.finish();
    this.ended.notify();
  }

  /** Waits until the output is over, or held open by others for a second in which nothing kept us from reading it. */
  async #untilSilent({ outputs }: StartedProcess): Promise<void> {
    const open = outputs.filter(({ stream }) => !stream.readableEnded && !stream.destroyed);
    if (open.length === 0) return;
    let isOpen = true;
    const over = Promise.all(
      open.map(({ stream }) => new Promise<void>((resolve) => stream.once("end", resolve).once("close", resolve))),
    ).then(() => void (isOpen = false));
    for (let holds = -1; isOpen && (this.#isHeld || holds !== this.#holds);) {
      holds = this.#holds;
      using grace = this.#clock.timeout(pipesGraceMs, { tag: "command output grace" });
      const late = Promise.withResolvers<void>();
      using _late = onAbort(grace.signal, () => late.resolve());
      await Promise.race([over, late.promise]);
    }
  }

  /** Reads on, or lets the command wait: a pipe that is not read fills up. */
  #flow(): void {
    const ahead = this.#client ? this.output.endOffset - this.#client.offset : 0;
    const isHeld = this.output.isFull || (!this.facts.detach && ahead >= aheadBytes);
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    if (isHeld) this.#holds++;
    for (const { stream } of this.#process?.outputs ?? []) {
      if (isHeld) stream.pause();
      else stream.resume();
    }
  }
}

import type { Duplex } from "node:stream";
import type { Clock, Logger } from "@hearth/base";
import type { TerminalProcess, TerminalSize } from "#processes/processes.ts";
import { QuestionFinder } from "#terminal/questions.ts";
import { RingBuffer } from "#terminal/ring-buffer.ts";
import { answersTo } from "#terminal/stand-in.ts";

/** What a client that attaches is shown first. */
const replayBytes = 64 * 1024;
/** A client this far behind slows the process down, when all of them are. */
const behindBytes = 256 * 1024;
/** A client this far behind is let go, when another one keeps up. */
const tooFarBehindBytes = 1024 * 1024;
/** How long all clients may take nothing before they are let go: a process must not wait for a dead browser. */
const stallMs = 5000;
/** How long a terminal lives without anybody attached. */
export const idleMs = 5 * 60_000;

/**
 * A process on a terminal that clients come to and leave.
 *
 * - It ends with its process, or {@link idleMs} after the last client has left.
 * - Every client gets all output from its replay on, in order, or is detached: nothing is skipped.
 * - A client that reads nothing delays the process by at most {@link stallMs}, and others not at all.
 * - What the process asks its terminal is answered once: by the client that was last active, which alone is asked, or in
 *   the place of one when nobody is attached. It is no part of a replay: what was asked before is never answered again.
 * @see agents §17.4, rule A-28
 */
export class Terminal {
  readonly #process: TerminalProcess;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #replay = new RingBuffer(replayBytes);
  readonly #questions = new QuestionFinder();
  /** The last one was active last. */
  readonly #clients = new Set<Duplex>();
  #size: TerminalSize = { rows: 24, columns: 80 };
  #isAnswering = false;
  #leaveIdle: AbortController | undefined;
  #leaveStall: AbortController | undefined;

  constructor(process: TerminalProcess, { clock, log, onEnd }: { clock: Clock; log: Logger; onEnd: () => void }) {
    this.#process = process;
    this.#clock = clock;
    this.#log = log;
    process.output.on("data", (chunk: Buffer) => this.#show(chunk));
    process.output.once("close", () => {
      this.#leaveIdle?.abort();
      this.#leaveStall?.abort();
      for (const client of this.#clients) client.end();
      this.#clients.clear();
      onEnd();
    });
  }

  /** Shows a client what there is, and from now on what comes. */
  attach(client: Duplex, size: TerminalSize): void {
    this.#leaveIdle?.abort();
    this.#leaveIdle = undefined;
    this.#clients.add(client);
    client.on("drain", () => this.#flow());
    client.once("close", () => this.detach(client));
    const replay = this.#replay.contents();
    if (replay.length > 0) client.write(replay);
    // After the replay: the shell draws its line anew below it.
    this.resize(size, client);
  }

  detach(client: Duplex): void {
    if (!this.#clients.delete(client)) return;
    this.#flow();
    if (this.#clients.size > 0) return;
    this.#leaveIdle = new AbortController();
    this.#clock.sleep(idleMs, { signal: this.#leaveIdle.signal, tag: "terminal idle" }).then(
      () => this.end(),
      () => undefined, // somebody came, or the process ended
    );
  }

  /** What somebody types. Who types faster than the process reads is not listened to for a while. */
  type(data: string, client: Duplex): void {
    this.#isActive(client);
    const { input } = this.#process;
    if (input.destroyed || input.write(data)) return;
    client.pause();
    input.once("drain", () => client.resume());
  }

  resize(size: TerminalSize, client: Duplex): void {
    this.#isActive(client);
    this.#size = size;
    this.#process.resize(size);
  }

  /** Hangs up. Clients see the end of the stream. */
  end(): void {
    this.#process.hangUp();
    this.#process.input.destroy();
  }

  #show(chunk: Buffer): void {
    const parts = this.#questions.push(chunk);
    const asks = parts.some(({ isQuestion }) => isQuestion);
    if (asks && this.#clients.size === 0) this.#answer(Buffer.concat(parts.map(({ bytes }) => bytes)));
    const asked = [...this.#clients].at(-1);
    for (const { bytes, isQuestion } of parts) {
      if (isQuestion) {
        asked?.write(bytes);
        continue;
      }
      this.#replay.push(bytes);
      for (const client of this.#clients) client.write(bytes);
    }
    const isSomeoneKeepingUp = [...this.#clients].some((client) => client.writableLength <= behindBytes);
    if (isSomeoneKeepingUp) this.#letGo((client) => client.writableLength > tooFarBehindBytes);
    else if (this.#clients.size > 0) this.#waitForClients();
  }

  #isActive(client: Duplex): void {
    if (this.#clients.delete(client)) this.#clients.add(client);
  }

  /** Nobody is attached: the process waits until it has been answered, so that one that asks without end gathers nothing. */
  #answer(output: Buffer): void {
    this.#isAnswering = true;
    this.#process.output.pause();
    const { input } = this.#process;
    void answersTo(output, this.#replay.contents(), this.#size)
      .then((answers) => {
        if (!input.destroyed) input.write(answers);
      })
      .catch((error: unknown) => this.#log.warn({ err: error }, "a program's questions to its terminal not answered"))
      .finally(() => {
        this.#isAnswering = false;
        this.#flow();
      });
  }

  #waitForClients(): void {
    this.#process.output.pause();
    if (this.#leaveStall) return;
    this.#leaveStall = new AbortController();
    this.#clock.sleep(stallMs, { signal: this.#leaveStall.signal, tag: "terminal stall" }).then(
      () => {
        this.#letGo((client) => client.writableLength > behindBytes);
        this.#flow();
      },
      () => undefined, // somebody reads again, or the process ended
    );
  }

  #flow(): void {
    this.#leaveStall?.abort();
    this.#leaveStall = undefined;
    if (!this.#isAnswering) this.#process.output.resume();
  }

  #letGo(isTooSlow: (client: Duplex) => boolean): void {
    for (const client of this.#clients) {
      if (!isTooSlow(client)) continue;
      this.#log.info({ waitingBytes: client.writableLength }, "terminal client does not keep up and is detached");
      client.destroy();
      this.detach(client);
    }
  }
}

import type { CommandExit, CommandStarted, TerminalSize } from "../schemas/commands.ts";
import { CommandError } from "./command-error.ts";
import {
  agentFrames,
  clientFrames,
  FrameError,
  initialWindowBytes,
  longestPayloadBytes,
  readNumber,
  writeNumber,
  type Frame,
} from "./frame.ts";

/** A piece of what a command said, in the order in which it said it; or how many bytes before the next are gone. */
export type CommandOutput =
  | { readonly from: "stdout" | "stderr"; readonly bytes: Uint8Array }
  | { readonly from: "dropped"; readonly droppedBytes: number };

/** A command of a commands connection. What is not read of its output holds the command back. */
export interface Command {
  /** @throws CommandError when it could not be started; the signal's reason */
  readonly started: Promise<CommandStarted>;
  /** Both streams as they were merged in time; ends with the command. On a terminal there is `stdout` alone. */
  readonly output: ReadableStream<CommandOutput>;
  /** Is taken as fast as the command reads; closing it is the command's end of file. */
  readonly stdin: WritableStream<Uint8Array>;
  /** Comes behind the last of its output. @throws CommandError; the signal's reason */
  readonly exit: Promise<CommandExit>;
  /** Sends a POSIX signal to the process and its group. After its end nothing happens. */
  signal(name: string): void;
  /** The terminal has another size now. */
  resize(size: TerminalSize): void;
  /** Lets go: ends the command unless it was started with `detach`. `exit` then rejects with the reason. */
  leave(reason?: unknown): void;
}

/** At the latest after half a window what was read is given back. */
const takeAfterBytes = initialWindowBytes / 2;

const decoder = new TextDecoder();

type SendFrame = (kind: number, payload?: Uint8Array | object) => void;
type CommandEnd = "exited" | { readonly error: unknown };

/**
 * One side of one command: windows, output and input. The connection hands it its frames, and sends for it.
 *
 * - What came and was not read is never more than a window: a peer that sends more ends the connection.
 * - Nothing is sent after its last frame, and its end is told once, whichever side it comes from.
 */
export class OpenCommand implements Command {
  readonly output: ReadableStream<CommandOutput>;
  readonly stdin: WritableStream<Uint8Array>;
  readonly #send: SendFrame;
  readonly #onOver: () => void;
  readonly #started = Promise.withResolvers<CommandStarted>();
  readonly #exit = Promise.withResolvers<CommandExit>();
  readonly #queue: CommandOutput[] = [];
  #outputController: ReadableStreamDefaultController<CommandOutput> | undefined;
  /** Came and is not given back. */
  #heldBytes = 0;
  /** Of these, what was read. */
  #readBytes = 0;
  #mayPull: (() => void) | undefined;
  #isCanceled = false;
  #credit = initialWindowBytes;
  #onCredit: (() => void) | undefined;
  #end: CommandEnd | undefined;

  constructor(send: SendFrame, onOver: () => void) {
    this.#send = send;
    this.#onOver = onOver;
    // Whoever waits for one of them hears of it; nobody has to.
    this.#started.promise.catch(() => undefined);
    this.#exit.promise.catch(() => undefined);
    this.output = new ReadableStream<CommandOutput>(
      {
        start: (controller) => void (this.#outputController = controller),
        pull: () => this.#pull(),
        cancel: (reason) => {
          this.#isCanceled = true;
          this.leave(reason ?? new CommandError("failed", "Nobody reads its output any more."));
        },
      },
      { highWaterMark: 0 },
    );
    this.stdin = new WritableStream<Uint8Array>({
      write: async (bytes) => await this.#feed(bytes),
      close: () => this.#sendIfOpen(clientFrames.stdinEnd),
      abort: () => this.#sendIfOpen(clientFrames.stdinEnd),
    });
  }

  get started(): Promise<CommandStarted> {
    return this.#started.promise;
  }

  get exit(): Promise<CommandExit> {
    return this.#exit.promise;
  }

  signal(name: string): void {
    this.#sendIfOpen(clientFrames.signal, { signal: name });
  }

  resize({ columns, rows }: TerminalSize): void {
    this.#sendIfOpen(clientFrames.resize, { columns, rows });
  }

  leave(reason: unknown = new DOMException("The command was left.", "AbortError")): void {
    if (this.#end !== undefined) return;
    this.#send(clientFrames.leave);
    this.fail(reason);
  }

  /** A frame of this command. @throws FrameError for what breaks the protocol */
  receive(frame: Frame): void {
    switch (frame.kind) {
      case agentFrames.started:
        this.#started.resolve(parse<CommandStarted>(frame));
        break;
      case agentFrames.stdout:
      case agentFrames.stderr:
        this.#receiveOutput(frame.kind === agentFrames.stdout ? "stdout" : "stderr", frame.payload);
        break;
      case agentFrames.dropped:
        this.#receiveDropped(parse<{ bytes: number }>(frame).bytes);
        break;
      case agentFrames.take:
        this.#credit += readNumber(frame);
        this.#onCredit?.();
        break;
      case agentFrames.exit:
        this.#finish("exited");
        this.#exit.resolve(parse<CommandExit>(frame));
        break;
      case agentFrames.error: {
        const { code, message } = parse<{ code: string; message: string }>(frame);
        this.fail(new CommandError(code, message));
        break;
      }
      default: // a newer agent may say more
    }
  }

  /** Nothing more comes, for this reason. What has come can still be read. */
  fail(error: unknown): void {
    if (this.#end !== undefined) return;
    this.#finish({ error });
    this.#started.reject(error);
    this.#exit.reject(error);
  }

  #finish(end: CommandEnd): void {
    this.#end = end;
    this.#onOver();
    this.#onCredit?.();
    this.#mayPull?.();
  }

  #receiveOutput(from: "stdout" | "stderr", payload: Uint8Array): void {
    this.#heldBytes += payload.length;
    if (this.#heldBytes > initialWindowBytes) throw new FrameError("A command sent more output than was asked for.");
    if (payload.length > 0) this.#push({ from, bytes: payload });
  }

  /** Several in a row are one: they are outside of the window. */
  #receiveDropped(bytes: number): void {
    const last = this.#queue.at(-1);
    if (last?.from !== "dropped") return this.#push({ from: "dropped", droppedBytes: bytes });
    this.#queue[this.#queue.length - 1] = { from: "dropped", droppedBytes: last.droppedBytes + bytes };
  }

  #push(output: CommandOutput): void {
    this.#queue.push(output);
    this.#mayPull?.();
  }

  /** Resolves once one piece was given to who reads, or the end. */
  async #pull(): Promise<void> {
    const controller = this.#outputController;
    if (controller === undefined) return; // not before the stream is made
    while (this.#queue.length === 0 && this.#end === undefined) {
      await new Promise<void>((resolve) => (this.#mayPull = resolve));
    }
    if (this.#isCanceled) return;
    const next = this.#queue.shift();
    if (next !== undefined) {
      if (next.from !== "dropped") this.#giveBack(next.bytes.length);
      controller.enqueue(next);
    } else if (typeof this.#end === "object") controller.error(this.#end.error);
    else controller.close();
  }

  #giveBack(bytes: number): void {
    this.#readBytes += bytes;
    if (this.#readBytes < takeAfterBytes || this.#end !== undefined) return;
    this.#send(clientFrames.take, writeNumber(this.#readBytes));
    this.#heldBytes -= this.#readBytes;
    this.#readBytes = 0;
  }

  async #feed(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      if (this.#end !== undefined) throw new CommandError("failed", "The command has ended: it reads no more.");
      if (this.#credit === 0) {
        await new Promise<void>((resolve) => (this.#onCredit = resolve));
        continue;
      }
      const size = Math.min(bytes.length - at, this.#credit, longestPayloadBytes);
      this.#credit -= size;
      this.#send(clientFrames.stdin, bytes.subarray(at, at + size));
      at += size;
    }
  }

  #sendIfOpen(kind: number, payload?: object): void {
    if (this.#end === undefined) this.#send(kind, payload);
  }
}

/** The agent's JSON is as the protocol says: it has checked what it was asked, and we are its client. */
function parse<T>({ payload }: Frame): T {
  try {
    return JSON.parse(decoder.decode(payload)) as T;
  } catch (error) {
    throw new FrameError("A frame holds something else than JSON.", { cause: error });
  }
}

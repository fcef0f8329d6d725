import { onAbort } from "@hearth/base";
import type { CommandStart } from "../schemas/commands.ts";
import { CommandError } from "./command-error.ts";
import { OpenCommand, type Command } from "./command.ts";
import { clientFrames, encodeFrame, type Frame } from "./frame.ts";

/** The most commands that may be open on one connection at once. */
export const maxOpenCommands = 256;

const lastCommandId = 0xff_ff_ff_ff;

/** What carries frames to the agent, in order. How much may wait in it is bounded by the windows of its commands. */
export interface FrameChannel {
  send(frame: Uint8Array<ArrayBuffer>): void;
  /** Ends it, from our side. */
  close(): void;
}

/**
 * Many commands of one workspace over one channel of frames, whatever carries it: a WebSocket, a stream. Whoever binds it
 * calls {@link receive} for each frame and {@link end} when the channel is over; a command that is open then fails.
 */
export class CommandsConnection implements Disposable {
  readonly #channel: FrameChannel;
  readonly #open = new Map<number, OpenCommand>();
  readonly #closed = Promise.withResolvers<Error>();
  #lastId = 0;
  #over: Error | undefined;

  constructor(channel: FrameChannel) {
    this.#channel = channel;
  }

  /** How many commands are open. */
  get openCount(): number {
    return this.#open.size;
  }

  get isOver(): boolean {
    return this.#over !== undefined;
  }

  /** Resolves once nothing more can come, with why. */
  get closed(): Promise<Error> {
    return this.#closed.promise;
  }

  /**
   * Starts a command; what comes of it is told by the command. Its end of `signal` lets go of it.
   * @throws CommandError `too_many`, `connection_lost`; FrameError for a request over 256 KiB; the signal's reason
   */
  start(request: CommandStart, options: { signal?: AbortSignal | undefined } = {}): Command {
    return this.#begin(clientFrames.start, request, options);
  }

  /** Follows a process that runs, or ended a moment ago: its output from this byte of both streams on. Throws as `start`. */
  attach(processId: string, afterBytes = 0, options: { signal?: AbortSignal | undefined } = {}): Command {
    return this.#begin(clientFrames.attach, { process_id: processId, after: afterBytes }, options);
  }

  /** A frame came. Of a command that is over already nothing is heard. @throws FrameError when it breaks the protocol */
  receive(frame: Frame): void {
    this.#open.get(frame.command)?.receive(frame);
  }

  /** The channel is over: what is open fails with this. The first end counts. */
  end(why: Error): void {
    if (this.#over !== undefined) return;
    this.#over = why;
    for (const command of this.#open.values()) command.fail(why);
    this.#closed.resolve(why);
  }

  /** Lets go of all commands and ends the channel. */
  [Symbol.dispose](): void {
    if (this.#over !== undefined) return;
    for (const command of this.#open.values()) command.leave();
    this.end(new CommandError("connection_lost", "The connection was closed."));
    this.#channel.close();
  }

  #begin(kind: number, request: object, { signal }: { signal?: AbortSignal | undefined }): Command {
    signal?.throwIfAborted();
    if (this.#over !== undefined) throw this.#over;
    if (this.#open.size >= maxOpenCommands) {
      throw new CommandError("too_many", `${maxOpenCommands} commands are open on this connection: use another one.`);
    }
    const id = this.#nextId();
    let given: Disposable | undefined;
    const command = new OpenCommand(
      (kindOf, payload) => this.#channel.send(encodeFrame(kindOf, id, payload)),
      () => {
        this.#open.delete(id);
        given?.[Symbol.dispose]();
      },
    );
    this.#channel.send(encodeFrame(kind, id, request));
    this.#open.set(id, command);
    if (signal !== undefined) given = onAbort(signal, () => command.leave(signal.reason));
    return command;
  }

  #nextId(): number {
    do this.#lastId = this.#lastId === lastCommandId ? 1 : this.#lastId + 1;
    while (this.#open.has(this.#lastId));
    return this.#lastId;
  }
}

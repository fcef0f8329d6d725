import { type Logger, messageOf } from "@hearth/base";
import {
  agentFrames,
  clientFrames,
  type Frame,
  FrameError,
  initialWindowBytes,
  readNumber,
  writeNumber,
} from "@hearth/sdk/commands";
import { CommandError } from "#commands/command-error.ts";
import type { Commands } from "#commands/commands.ts";
import { OutputFollower } from "#commands/follow-output.ts";
import type { KeptCommand } from "#commands/kept-command.ts";
import type { Outlet } from "#commands/outlet.ts";
import type { OutputPiece } from "#commands/output-record.ts";
import { readAfter, readAttach, readFields, readSize, readStart } from "#commands/start-request.ts";
import { statusOf } from "#processes/exit.ts";
import { toSignal } from "#processes/signal-names.ts";
import type { SessionObserver } from "#ssh/services.ts";

export interface ConversationHost {
  readonly commands: Commands;
  readonly outlet: Outlet;
  readonly onSession: SessionObserver;
  readonly log: Logger;
}

/**
 * One command of a connection: from `start` or `attach` to the last frame about it.
 *
 * Neither side sends beyond the window: output waits for `take`, and input beyond it ends the connection.
 */
export class Conversation {
  readonly #id: number;
  readonly #host: ConversationHost;
  readonly #onOver: () => void;
  readonly #left = new AbortController();
  #command: KeptCommand | undefined;
  #isOwner = false;
  #follower: OutputFollower | undefined;
  #leaveSession: ReturnType<SessionObserver> | undefined;
  #outputWindow = initialWindowBytes;
  #inputWindow = initialWindowBytes;
  #consumed = 0;
  #isWaiting = false;
  /** What came before there was a command. */
  #early: Frame[] | undefined = [];

  /** `onOver` is called once, with the last frame or when the client has left. */
  constructor(id: number, host: ConversationHost, onOver: () => void) {
    this.#id = id;
    this.#host = host;
    this.#onOver = onOver;
  }

  /** Begins with the payload of a `start` frame. */
  async start(payload: Uint8Array): Promise<void> {
    const { commands } = this.#host;
    await this.#begin(async () => {
      const request = readStart(readFields(payload), commands.options);
      this.#isOwner = true;
      return { command: await commands.start(request, { signal: this.#left.signal }), after: 0 };
    });
  }

  /** Begins with the payload of an `attach` frame. */
  async attach(payload: Uint8Array): Promise<void> {
    await this.#begin(async () => {
      const { processId, after } = readAttach(readFields(payload));
      const command = this.#host.commands.get(processId);
      return { command, after: readAfter(after, command.output) };
    });
  }

  /** Any further frame of the client. @throws FrameError for one that ends the connection */
  receive(frame: Frame): void {
    if (frame.kind === clientFrames.leave) return this.leave();
    if (frame.kind === clientFrames.stdin) {
      this.#inputWindow -= frame.payload.length;
      if (this.#inputWindow < 0) throw new FrameError(`Command ${this.#id} was sent more input than its window.`);
    }
    if (this.#early && frame.kind !== clientFrames.take) this.#early.push(frame);
    else this.#obey(frame);
  }

  /** The client lets go, or is gone. */
  leave(): void {
    if (this.#left.signal.aborted) return;
    this.#left.abort();
    if (this.#isOwner) this.#command?.letGo();
    this.#finish();
  }

  async #begin(find: () => Promise<{ command: KeptCommand; after: number }>): Promise<void> {
    try {
      const { command, after } = await find();
      if (this.#left.signal.aborted) return this.#isOwner ? command.letGo() : undefined;
      this.#run(command, after);
    } catch (error) {
      if (!this.#left.signal.aborted) this.#refuse(error);
    }
  }

  #run(command: KeptCommand, after: number): void {
    const { outlet, onSession } = this.#host;
    this.#command = command;
    this.#leaveSession = onSession("ssh");
    outlet.send(agentFrames.started, this.#id, { process_id: command.id, pid: command.pid });
    const follower = new OutputFollower(
      command,
      {
        room: () => this.#room(),
        take: (piece) => this.#send(piece),
        end: (exit) => {
          const signal = exit.signal ?? null;
          outlet.send(agentFrames.exit, this.#id, { exit_code: statusOf(exit), signal });
          this.#finish();
        },
        fail: (error) => this.#refuse(error),
      },
      after,
    );
    this.#follower = follower;
    if (this.#isOwner) command.serve(follower);
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const frame of early) this.#obey(frame);
    follower.pump();
  }

  #obey(frame: Frame): void {
    const command = this.#command;
    switch (frame.kind) {
      case clientFrames.stdin:
        command?.feed(frame.payload, () => this.#giveBack(frame.payload.length));
        break;
      case clientFrames.stdinEnd:
        command?.endInput();
        break;
      case clientFrames.signal: {
        const signal = toSignal(fieldsOf(frame).signal);
        if (signal) command?.signal(signal);
        else this.#host.log.debug({ command: this.#id }, "a signal that there is not was asked for");
        break;
      }
      case clientFrames.resize:
        command?.resize(sizeOf(frame));
        break;
      case clientFrames.take:
        this.#outputWindow += readNumber(frame);
        this.#follower?.pump();
        break;
      default: // a newer client's, which an older agent passes over
    }
  }

  #room(): number {
    const { outlet } = this.#host;
    if (!outlet.isFull) return this.#outputWindow;
    if (!this.#isWaiting) {
      this.#isWaiting = true;
      outlet.wait(() => {
        this.#isWaiting = false;
        this.#follower?.pump();
      });
    }
    return 0;
  }

  #send(piece: OutputPiece): void {
    const { outlet } = this.#host;
    if (piece.source === "dropped") return outlet.send(agentFrames.dropped, this.#id, { bytes: piece.count });
    this.#outputWindow -= piece.bytes.length;
    outlet.send(agentFrames[piece.source], this.#id, piece.bytes);
  }

  #giveBack(bytes: number): void {
    this.#consumed += bytes;
    if (this.#consumed < initialWindowBytes / 2 || this.#left.signal.aborted) return;
    this.#inputWindow += this.#consumed;
    this.#host.outlet.send(agentFrames.take, this.#id, writeNumber(this.#consumed));
    this.#consumed = 0;
  }

  #refuse(error: unknown): void {
    const code = error instanceof CommandError ? error.code : "failed";
    if (code === "failed") this.#host.log.warn({ err: error }, "a command failed");
    this.#host.outlet.send(agentFrames.error, this.#id, { code, message: messageOf(error) });
    this.#finish();
  }

  #finish(): void {
    this.#left.abort();
    this.#follower?.[Symbol.dispose]();
    this.#leaveSession?.(this.#command?.exit);
    this.#leaveSession = undefined;
    this.#onOver();
  }
}

function fieldsOf({ payload }: Frame): Readonly<Record<string, unknown>> {
  return orFrameError(() => readFields(payload));
}

function sizeOf({ payload }: Frame): { columns: number; rows: number } {
  return orFrameError(() => readSize(readFields(payload), "resize"));
}

/** What is about a command that runs is right, or the client is not one of ours. */
function orFrameError<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new FrameError(messageOf(error), { cause: error });
  }
}

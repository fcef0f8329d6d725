import type { Duplex } from "node:stream";
import { HearthError, onAbort } from "@hearth/base";
import type { Clock, Deadline, Logger } from "@hearth/base";
import { drained } from "./client-call.ts";
import { encodeError } from "./error-packet.ts";
import { DrpcError, DrpcProtocolError, drpcCodes } from "./errors.ts";
import { encodePacket, packetKinds } from "./frame.ts";
import type { DrpcPacket } from "./frame.ts";
import { decodeMetadata } from "./invoke-metadata.ts";
import { MessageInbox } from "./message-inbox.ts";
import { PacketDecoder } from "./packet-decoder.ts";
import type { DrpcContext, DrpcHandler, DrpcHandlers } from "./handlers.ts";

/**
 * Where a call stands.
 *
 * - `idle`: nothing was invoked yet.
 * - `invoked`: the method is known, its request is not there yet (unary only).
 * - `running`: the handler works.
 * - `answered`: nothing more is said: we have said our last word, or the caller wants none. The stream waits for the
 *   caller's FIN: the reference's library takes one of ours that comes before for a cancelled call, whatever was said.
 * - `over`: our direction is ended.
 */
type Phase = "idle" | "invoked" | "running" | "answered" | "over";

/** A caller that is slow under load ends its call late; one that never does must not keep its stream. */
const callerEndMs = 30_000;

export interface ServerCallOptions {
  readonly clock: Clock;
  readonly log: Logger;
}

/** The callee's side of one call. */
export class ServerCall {
  readonly done: Promise<void>;
  readonly #done = Promise.withResolvers<void>();
  readonly #stream: Duplex;
  readonly #handlers: DrpcHandlers;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #decoder = new PacketDecoder((packet) => this.#onPacket(packet));
  readonly #left = new AbortController();
  readonly #inbox: MessageInbox;
  #metadata = new Map<string, string>();
  #phase: Phase = "idle";
  #handler: DrpcHandler | undefined;
  #method = "";
  #callId = 0;
  #messageId = 0;
  #hasCallerEnded = false;
  #isHandlerBusy = false;
  #callerEnd: Deadline | undefined;

  constructor(stream: Duplex, handlers: DrpcHandlers, { clock, log }: ServerCallOptions) {
    this.done = this.#done.promise;
    this.#stream = stream;
    this.#handlers = handlers;
    this.#clock = clock;
    this.#log = log;
    this.#inbox = new MessageInbox(stream);
    stream.on("data", (chunk: Buffer) => this.#onData(chunk));
    stream.on("end", () => this.#onEnd());
    stream.on("error", (error) => this.#onGone(error));
    stream.on("close", () => this.#onGone(undefined));
  }

  #onData(chunk: Buffer): void {
    if (this.#phase === "over") return; // Late, and dropped.
    try {
      this.#decoder.push(chunk);
    } catch (error) {
      if (!(error instanceof DrpcProtocolError)) throw error;
      this.#log.debug({ err: error, method: this.#method }, "call broke the rules");
      this.#onGone(error);
      this.#stream.destroy();
    }
  }

  #onPacket({ kind, streamId, data }: DrpcPacket): void {
    switch (kind) {
      case packetKinds.invokeMetadata:
        if (this.#phase === "idle") this.#metadata = decodeMetadata(data);
        return;
      case packetKinds.invoke:
        return this.#onInvoke(streamId, data.toString("utf8"));
      case packetKinds.message:
        return this.#onMessage(data);
      case packetKinds.closeSend:
        this.#inbox.close();
        if (this.#phase === "invoked") this.#answer(new DrpcError(`The call ${this.#method} came without a request.`));
        return;
      default:
        return this.#onLeft(); // close, cancel, or an error of the caller's own
    }
  }

  #onInvoke(callId: number, method: string): void {
    if (this.#phase !== "idle") throw new DrpcProtocolError(`Stream carries a call already; ${method} needs its own.`);
    this.#callId = callId;
    this.#method = method;
    this.#handler = this.#handlers.get(method);
    this.#phase = "invoked";
    if (!this.#handler) {
      this.#log.debug({ method }, "unknown method called");
      this.#answer(new DrpcError(`Unknown method "${method}".`, { code: drpcCodes.unimplemented }));
    } else if (this.#handler.kind === "stream") {
      this.#run(this.#handler, Buffer.alloc(0));
    }
  }

  #onMessage(data: Buffer): void {
    if (this.#phase === "idle") throw new DrpcProtocolError("A message came before its call was invoked.");
    if (this.#handler?.kind === "stream") this.#inbox.add(data);
    else if (this.#phase === "invoked" && this.#handler) this.#run(this.#handler, data);
  }

  /** FIN. A unary caller may still want its answer; a streaming one has left. */
  #onEnd(): void {
    this.#hasCallerEnded = true;
    if (this.#phase === "running" && this.#handler?.kind === "unary") return;
    this.#onLeft();
  }

  /** The caller wants nothing more: our FIN answers its own. */
  #onLeft(): void {
    this.#inbox.close();
    this.#sayNoMore();
    this.#left.abort(new HearthError(`The caller has left ${this.#method}.`, { cause: undefined }));
    this.#settle();
  }

  /** The stream is no more. */
  #onGone(error: Error | undefined): void {
    this.#phase = "over";
    this.#callerEnd?.[Symbol.dispose]();
    this.#inbox.close();
    if (!this.#left.signal.aborted)
      this.#left.abort(error ?? new HearthError("The call was reset.", { cause: undefined }));
    this.#settle();
  }

  #run(handler: DrpcHandler, request: Buffer): void {
    this.#phase = "running";
    this.#isHandlerBusy = true;
    const context = { method: this.#method, signal: this.#left.signal, metadata: this.#metadata };
    void this.#work(handler, request, context);
  }

  async #work(handler: DrpcHandler, request: Buffer, context: DrpcContext): Promise<void> {
    try {
      if (handler.kind === "unary") this.#answer(await handler.handle(request, context));
      else {
        await handler.handle({ messages: this.#inbox, send: (message) => this.#send(message) }, context);
        this.#answer(undefined);
      }
    } catch (error) {
      this.#answer(this.#toAnswer(error));
    }
    this.#isHandlerBusy = false;
    this.#settle();
  }

  #toAnswer(error: unknown): DrpcError {
    if (error instanceof DrpcError) return error;
    if (error instanceof DrpcProtocolError) return new DrpcError(error.message, { cause: error });
    // A handler that stops because its caller has left is no bug, and nobody is there to be told.
    if (!this.#left.signal.aborted) this.#log.error({ err: error, method: this.#method }, "call failed");
    return new DrpcError("internal error", { cause: error });
  }

  async #send(message: Uint8Array): Promise<void> {
    this.#left.signal.throwIfAborted();
    if (this.#phase !== "running") throw new Error(`The call ${this.#method} is over: nothing more can be sent on it.`);
    if (!this.#stream.write(this.#packet(packetKinds.message, message))) await drained(this.#stream);
  }

  /** Says our last word: an answer and close-send, an error, or, after a stream of messages, close. */
  #answer(answer: Uint8Array | DrpcError | undefined): void {
    if (this.#phase === "answered" || this.#phase === "over") return;
    if (answer === undefined) {
      this.#stream.write(this.#packet(packetKinds.close, nothing));
    } else if (answer instanceof DrpcError) {
      this.#stream.write(this.#packet(packetKinds.error, encodeError(answer)));
    } else {
      // Both encoded before either is written: an answer that is too large becomes an error and nothing else.
      const message = this.#packet(packetKinds.message, answer);
      this.#stream.write(Buffer.concat([message, this.#packet(packetKinds.closeSend, nothing)]));
    }
    this.#sayNoMore();
  }

  #sayNoMore(): void {
    if (this.#phase === "over") return;
    this.#phase = "answered";
    this.#stream.resume(); // A consumer that fell behind has paused it; the caller's FIN must still be read.
    if (this.#hasCallerEnded) this.#over();
    else if (!this.#callerEnd) {
      this.#callerEnd = this.#clock.timeout(callerEndMs, { tag: "drpc end" });
      onAbort(this.#callerEnd.signal, () => this.#stream.destroy());
    }
  }

  #over(): void {
    this.#phase = "over";
    this.#callerEnd?.[Symbol.dispose]();
    this.#stream.end();
  }

  #packet(kind: number, data: Uint8Array): Buffer {
    return encodePacket(kind, this.#callId, ++this.#messageId, data);
  }

  #settle(): void {
    if (this.#phase === "over" && !this.#isHandlerBusy) this.#done.resolve();
  }
}

const nothing = Buffer.alloc(0);

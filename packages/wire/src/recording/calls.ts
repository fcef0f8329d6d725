import { fromBinary } from "@bufbuild/protobuf";
import type { DescMessage, DescMethod, Message } from "@bufbuild/protobuf";
import { decodeError } from "../drpc/error-packet.ts";
import type { DrpcError } from "../drpc/errors.ts";
import { packetKinds } from "../drpc/frame.ts";
import type { DrpcPacket } from "../drpc/frame.ts";
import { PacketDecoder } from "../drpc/packet-decoder.ts";
import { Agent } from "../gen/agent_pb.ts";
import { Tailnet } from "../gen/tailnet_pb.ts";
import { frameFlags, frameTypes } from "../yamux/frame.ts";
import type { Side } from "./web-socket-messages.ts";
import type { RecordedFrame } from "./yamux-frames.ts";

/** A message of a call, decoded. */
export interface RecordedCallMessage {
  readonly atMs: number;
  readonly message: Message;
  readonly schema: DescMessage;
  /** Its bytes as they travelled. */
  readonly bytes: Buffer;
}

/** How one side brought a call to its end, in the order in which it did. */
export type RecordedEnding = { readonly atMs: number; readonly from: Side } & (
  | { readonly kind: "close_send" | "close" | "cancel" | "fin" | "reset" }
  | { readonly kind: "error"; readonly error: DrpcError }
);

/** One call of a recording. */
export interface RecordedCall {
  /** When it was invoked. */
  readonly atMs: number;
  readonly streamId: number;
  /** The side that called. */
  readonly caller: Side;
  /** Such as `/coder.agent.v2.Agent/GetManifest`. */
  readonly path: string;
  /** The method as generated code describes it: its kind, its messages, `localName` as in a client. */
  readonly method: DescMethod;
  readonly requests: readonly RecordedCallMessage[];
  readonly responses: readonly RecordedCallMessage[];
  readonly endings: readonly RecordedEnding[];
}

/** The calls of a recording, in the order in which they were invoked. @throws for a method that we do not know. */
export function decodeCalls(frames: readonly RecordedFrame[]): RecordedCall[] {
  const calls: CallBuilder[] = [];
  const streams = new Map<number, StreamDecoder>();
  for (const frame of frames) {
    const { type, flags, streamId } = frame.header;
    if (type !== frameTypes.data && type !== frameTypes.windowUpdate) continue;
    if ((flags & frameFlags.syn) !== 0) streams.set(streamId, new StreamDecoder(streamId, frame.from, calls));
    streams.get(streamId)?.push(frame);
  }
  return calls;
}

interface CallBuilder extends RecordedCall {
  readonly requests: RecordedCallMessage[];
  readonly responses: RecordedCallMessage[];
  readonly endings: RecordedEnding[];
}

class StreamDecoder {
  readonly #streamId: number;
  readonly #opener: Side;
  readonly #calls: CallBuilder[];
  readonly #decoders: Record<Side, PacketDecoder>;
  #call: CallBuilder | undefined;
  #atMs = 0;

  constructor(streamId: number, opener: Side, calls: CallBuilder[]) {
    this.#streamId = streamId;
    this.#opener = opener;
    this.#calls = calls;
    this.#decoders = {
      client: new PacketDecoder((packet) => this.#onPacket("client", packet)),
      server: new PacketDecoder((packet) => this.#onPacket("server", packet)),
    };
  }

  push({ atMs, from, header, payload }: RecordedFrame): void {
    this.#atMs = atMs;
    this.#decoders[from].push(payload);
    if ((header.flags & frameFlags.fin) !== 0) this.#call?.endings.push({ atMs, from, kind: "fin" });
    if ((header.flags & frameFlags.rst) !== 0) this.#call?.endings.push({ atMs, from, kind: "reset" });
  }

  #onPacket(from: Side, { kind, data }: DrpcPacket): void {
    const atMs = this.#atMs;
    if (kind === packetKinds.invoke) {
      const path = data.toString("utf8");
      const call = { atMs, streamId: this.#streamId, caller: this.#opener, path, method: findMethod(path) };
      this.#call = { ...call, requests: [], responses: [], endings: [] };
      this.#calls.push(this.#call);
      return;
    }
    const call = this.#call;
    if (!call) throw new Error(`Stream ${this.#streamId} has a packet of kind ${kind} before its invoke.`);
    const ending = endingKinds.get(kind);
    if (kind === packetKinds.message) {
      const isRequest = from === call.caller;
      const schema = isRequest ? call.method.input : call.method.output;
      const message = { atMs, schema, message: fromBinary(schema, data), bytes: data };
      (isRequest ? call.requests : call.responses).push(message);
    } else if (kind === packetKinds.error) {
      call.endings.push({ atMs, from, kind: "error", error: decodeError(data) });
    } else if (ending) {
      call.endings.push({ atMs, from, kind: ending });
    }
  }
}

const endingKinds: ReadonlyMap<number, "close_send" | "close" | "cancel"> = new Map([
  [packetKinds.closeSend, "close_send"],
  [packetKinds.close, "close"],
  [packetKinds.cancel, "cancel"],
]);

function findMethod(path: string): DescMethod {
  for (const service of [Agent, Tailnet]) {
    for (const method of service.methods) if (path === `/${service.typeName}/${method.name}`) return method;
  }
  throw new Error(`The recording calls ${path}, which is in no service we know.`);
}

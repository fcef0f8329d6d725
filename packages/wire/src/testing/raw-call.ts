import type { Duplex } from "node:stream";
import { encodePacket, packetKinds } from "../drpc/frame.ts";
import { PacketDecoder } from "../drpc/packet-decoder.ts";

type Kind = keyof typeof packetKinds;

const names = new Map<number, Kind>(Object.entries(packetKinds).map(([name, kind]) => [kind, name as Kind])); // keys of that object

/** One side of a call in tests: says any packet, and notes what it hears, `fin` and `reset` included. */
export class RawCall {
  /** Each packet as `kind messageId`, then its data. */
  readonly seen: [what: string, data: string][] = [];
  readonly stream: Duplex;
  #messageId = 0;
  readonly #waiting: { count: number; resolve: () => void }[] = [];

  constructor(stream: Duplex) {
    this.stream = stream;
    const decoder = new PacketDecoder(({ kind, messageId, data }) => {
      this.#note(`${names.get(kind) ?? kind} ${messageId}`, data.toString());
    });
    stream.on("data", (chunk: Buffer) => decoder.push(chunk));
    stream.on("end", () => this.#note("fin", ""));
    stream.on("error", (error) => this.#note("reset", error.name));
  }

  say(kind: Kind, data: string | Uint8Array = "", streamId = 1): this {
    this.stream.write(encodePacket(packetKinds[kind], streamId, ++this.#messageId, Buffer.from(data)));
    return this;
  }

  /** Resolves once that many packets and ends have been heard, in all. */
  heard(count: number): Promise<void> {
    if (this.seen.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  #note(what: string, data: string): void {
    this.seen.push([what, data]);
    for (const { count, resolve } of this.#waiting) if (this.seen.length >= count) resolve();
  }
}

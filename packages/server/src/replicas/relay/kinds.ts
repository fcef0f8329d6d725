import type { Duplex } from "node:stream";
import { z } from "zod";
import { dialRefusals } from "@hearth/wire";

/**
 * What a replica asks of another, by name: what the request says, whether it is answered with a stream or is done then, and
 * the words that it may be refused with. Whoever asks has decided that the client may: a request names the thing and what to
 * do there, never a person. A new kind is an entry here and a handler with whoever holds the thing (`Relay.serve`).
 */
export const relayKinds = {
  /**
   * A connection to a port of an agent whose session the asked replica holds. `generation` is the session's as the
   * database has it: an older one does not count. `not held`: no such session is there (any more).
   */
  agent_dial: {
    request: z.object({
      agent_id: z.guid(),
      generation: z.int(),
      port: z.int().min(1).max(65_535),
      reason: z.string().max(1_000).optional(),
    }),
    answer: "stream",
    refusals: [...dialRefusals, "not held", "unsupported", "lost"],
  },
  /**
   * An announcement, to the one replica that holds what it is about: at once, and where its listener is broken as well. The
   * same comes by NOTIFY; who hears it twice does nothing twice.
   */
  hint: {
    request: z.object({ channel: z.string(), key: z.string(), message: z.unknown() }),
    answer: "done",
    refusals: [],
  },
} as const satisfies Record<string, { request: z.ZodType; answer: "stream" | "done"; refusals: readonly string[] }>;

export type RelayKind = keyof typeof relayKinds;
export type RelayRequest<K extends RelayKind> = z.output<(typeof relayKinds)[K]["request"]>;
export type RelayRefusal<K extends RelayKind> = (typeof relayKinds)[K]["refusals"][number];
/** Kinds by what answers them. */
export type RelayKindWith<Answer extends "stream" | "done"> = {
  [K in RelayKind]: (typeof relayKinds)[K]["answer"] extends Answer ? K : never;
}[RelayKind];
/** What whoever serves a kind resolves with. */
export type RelayAnswer<K extends RelayKind> = K extends RelayKindWith<"stream"> ? Duplex : void;

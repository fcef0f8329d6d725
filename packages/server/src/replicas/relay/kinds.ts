import { z } from "zod";
import { dialRefusals } from "@hearth/wire";

/**
 * What a replica asks of another, by name: what the request says, and the words that it may be refused with. Whoever asks
 * has decided that the client may: a request names the thing and what to do there, never a person.
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
    refusals: [...dialRefusals, "not held", "unsupported", "lost"],
  },
} as const satisfies Record<string, { request: z.ZodType; refusals: readonly string[] }>;

export type RelayKind = keyof typeof relayKinds;
export type RelayRequest<K extends RelayKind> = z.output<(typeof relayKinds)[K]["request"]>;
export type RelayRefusal<K extends RelayKind> = (typeof relayKinds)[K]["refusals"][number];

import { z } from "zod";

/** PostgreSQL refuses a notification of 8000 bytes or more. */
export const maxPayloadBytes = 7_900;

/** What travels: who sent it, and messages as `[channel, key, message]`. */
const Envelope = z.object({ from: z.string(), m: z.array(z.tuple([z.string(), z.string(), z.unknown()])) });

export type Entry = readonly [channel: string, key: string, message: unknown];

/**
 * Packs entries, in order, into as few payloads as fit. An entry that alone exceeds the limit is returned in `tooLarge`:
 * a message is a hint and never that long, so this is a bug of its publisher.
 */
export function packEntries(from: string, entries: readonly Entry[]): { payloads: string[]; tooLarge: Entry[] } {
  const head = `{"from":${JSON.stringify(from)},"m":[`;
  const overhead = Buffer.byteLength(head) + 2;
  const payloads: string[] = [];
  const tooLarge: Entry[] = [];
  let parts: string[] = [];
  let size = overhead;
  const close = () => {
    if (parts.length > 0) payloads.push(`${head}${parts.join(",")}]}`);
    parts = [];
    size = overhead;
  };
  for (const entry of entries) {
    const text = JSON.stringify(entry);
    const bytes = Buffer.byteLength(text) + 1;
    if (overhead + bytes > maxPayloadBytes) {
      tooLarge.push(entry);
      continue;
    }
    if (size + bytes > maxPayloadBytes) close();
    parts.push(text);
    size += bytes;
  }
  close();
  return { payloads, tooLarge };
}

/** The entries of a payload, or undefined when it is none of ours. */
export function unpackEntries(payload: string): { from: string; entries: Entry[] } | undefined {
  try {
    const parsed = Envelope.parse(JSON.parse(payload));
    return { from: parsed.from, entries: parsed.m };
  } catch {
    // Somebody else's notification on our channel, or a newer version's: the caller counts it.
    return undefined;
  }
}

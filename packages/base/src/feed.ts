import { drained } from "./drained.ts";

interface Fed {
  readonly destroying: boolean;
  write(chunk: Uint8Array): boolean;
  end(chunk: undefined): void;
  destroy(error: Error): void;
  on(event: "drain" | "close", listener: () => void): unknown;
  off(event: "drain" | "close", listener: () => void): unknown;
}

/** Writes the source into a reader of archives, no faster than it takes it; the source's errors become the reader's. */
export async function feed(reader: Fed, source: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of source) {
      if (reader.destroying) return;
      if (!reader.write(chunk)) await drained(reader);
    }
    reader.end(undefined);
  } catch (error) {
    reader.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

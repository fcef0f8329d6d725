/** @see spec/agents.md §10.2 */
export const maxValueBytes = 2_048;
export const maxErrorBytes = 2_048;
export const maxKeyBytes = 6_144;

export interface MetadataValue {
  readonly key: string;
  readonly value: string;
  readonly error: string;
}

/**
 * Values as they can be stored, and whether keys were left out because all keys of the call are too long together. Pure.
 * A value that is too long is cut between characters, and its error says so. @see spec/agents.md A-16
 */
export function storableValues(values: readonly MetadataValue[]): { stored: MetadataValue[]; hasLeftOut: boolean } {
  const stored: MetadataValue[] = [];
  let keyBytes = 0;
  for (const { key, value, error } of values) {
    keyBytes += Buffer.byteLength(key);
    if (keyBytes > maxKeyBytes) return { stored, hasLeftOut: true };
    stored.push(storableValue(key, clean(value), clean(error)));
  }
  return { stored, hasLeftOut: false };
}

function storableValue(key: string, value: string, error: string): MetadataValue {
  const valueBytes = Buffer.byteLength(value);
  const errorBytes = Buffer.byteLength(error);
  if (valueBytes > maxValueBytes) {
    const tooLong = `value of ${valueBytes} bytes exceeded ${maxValueBytes} bytes`;
    return { key, value: cutAtCharacter(value, maxValueBytes), error: tooLong };
  }
  if (errorBytes > maxErrorBytes) {
    return { key, value, error: `error of ${errorBytes} bytes exceeded ${maxErrorBytes} bytes` };
  }
  return { key, value, error };
}

function clean(text: string): string {
  return text.trim().replaceAll("\0", "\uFFFD").toWellFormed();
}

/** The longest beginning of at most `maxBytes` bytes of UTF-8 that ends between two characters. Pure. */
export function cutAtCharacter(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  // Bytes 10xxxxxx continue a character: step back to where one begins.
  while (end > 0 && ((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end--;
  return bytes.toString("utf8", 0, end);
}

/**
 * A result that is no larger than this as JSON: of a larger one its head, its tail, and how much was left out between
 * them. Pure. @see spec/chat.md §7.4 [P]
 */
export function capResult(result: unknown, maxBytes: number): unknown {
  const text = JSON.stringify(result ?? null);
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return result ?? null;
  // As text within JSON it may double, for its quotes.
  const half = Math.floor(maxBytes / 5);
  const head = wellFormed(bytes.subarray(0, half));
  const tail = wellFormed(bytes.subarray(bytes.length - half));
  return { truncated: true, omitted_bytes: bytes.length - 2 * half, head, tail };
}

/** Without the halves of characters at its ends. */
function wellFormed(bytes: Buffer): string {
  return new TextDecoder().decode(bytes).replaceAll(/^\uFFFD+|\uFFFD+$/g, "");
}

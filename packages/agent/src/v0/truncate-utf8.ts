/** Text that may have been cut in the middle of its last character, without that. */
export function truncateUtf8(bytes: Buffer): string {
  // Back to where the last character begins: at most three bytes may follow its first.
  for (let back = 1; back <= Math.min(4, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return bytes.toString("utf8", 0, length > back ? bytes.length - back : bytes.length);
  }
  return bytes.toString("utf8");
}

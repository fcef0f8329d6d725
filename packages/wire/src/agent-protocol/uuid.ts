const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The 16 raw bytes in which a uuid travels. @throws RangeError when the text is no uuid. */
export function uuidToBytes(uuid: string): Uint8Array {
  if (!uuidPattern.test(uuid)) throw new RangeError(`"${uuid}" is not a uuid.`);
  return Buffer.from(uuid.replaceAll("-", ""), "hex");
}

/** The text of a uuid, in lower case. @throws RangeError when there are not 16 bytes. */
export function uuidFromBytes(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new RangeError(`A uuid has 16 bytes, not ${bytes.length}.`);
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/**
 * Takes a WebSocket mask off `bytes`, in place. `phase` is how many bytes of the frame came before, so that a payload
 * can be unmasked piece by piece.
 *
 * Word by word: four times as fast as byte by byte, which at a gigabyte costs seconds.
 */
export function unmask(bytes: Buffer, key: Buffer, phase: number): void {
  if (key.readUInt32LE(0) === 0) return;
  let offset = 0;
  const alignedFrom = Math.min((4 - (bytes.byteOffset % 4)) % 4, bytes.length);
  for (; offset < alignedFrom; offset++) unmaskByte(bytes, key, offset, phase);
  const wordCount = (bytes.length - offset) >> 2;
  if (wordCount > 0) {
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset + offset, wordCount);
    const keyWord = new Uint32Array(1);
    const turned = new Uint8Array(keyWord.buffer);
    for (let index = 0; index < 4; index++) turned[index] = key[(phase + offset + index) & 3] as number; // a key has 4 bytes
    const word = keyWord[0] as number;
    for (let index = 0; index < wordCount; index++) words[index] = (words[index] as number) ^ word;
    offset += wordCount * 4;
  }
  for (; offset < bytes.length; offset++) unmaskByte(bytes, key, offset, phase);
}

function unmaskByte(bytes: Buffer, key: Buffer, offset: number, phase: number): void {
  // Within both buffers: the callers count up to `bytes.length`, a key has 4 bytes.
  bytes[offset] = (bytes[offset] as number) ^ (key[(phase + offset) & 3] as number);
}

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameDecoder } from "./frame-decoder.ts";
import { encodeHeader } from "./frame.ts";

interface Frame {
  type: number;
  flags: number;
  streamId: number;
  length: number;
  payload: Buffer;
}

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const data = fc
  .record({ flags: fc.integer({ min: 0, max: 0xffff }), streamId: uint32, bytes: fc.uint8Array({ maxLength: 40 }) })
  .map(({ bytes, ...rest }): Frame => ({ type: 0, length: bytes.length, payload: Buffer.from(bytes), ...rest }));
const other = fc
  .record({
    type: fc.integer({ min: 1, max: 3 }),
    flags: fc.integer({ min: 0, max: 0xffff }),
    streamId: uint32,
    length: uint32,
  })
  .map((header): Frame => ({ ...header, payload: Buffer.alloc(0) }));
const frames = fc.array(fc.oneof(data, other), { maxLength: 8 });

/** What a decoder makes of the bytes, cut into chunks of these sizes. */
function decode(bytes: Buffer, chunkSize: (offset: number) => number): { frames: Frame[]; isBetweenFrames: boolean } {
  const seen: Frame[] = [];
  let payload: Buffer[] = [];
  const decoder = new FrameDecoder({
    onHeader(type, flags, streamId, length) {
      payload = [];
      seen.push({ type, flags, streamId, length, payload: Buffer.alloc(0) });
    },
    onPayload(piece, isLast) {
      payload.push(piece);
      const frame = seen.at(-1);
      if (isLast && frame) frame.payload = Buffer.concat(payload);
    },
  });
  for (let offset = 0; offset < bytes.length;) {
    const size = chunkSize(offset);
    decoder.push(bytes.subarray(offset, offset + size));
    offset += size;
  }
  return { frames: seen, isBetweenFrames: decoder.isBetweenFrames };
}

function encode(list: Frame[]): Buffer {
  return Buffer.concat(list.flatMap(({ payload, ...header }) => [encodeHeader(header), payload]));
}

test("frames come out as they went in, however the bytes are cut", () => {
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (list, sizes) => {
      let turn = 0;
      const result = decode(encode(list), () => sizes[turn++ % sizes.length] ?? 1);

      expect(result).toEqual({ frames: list, isBetweenFrames: true });
    }),
  );
});

test("two frames may be cut at every byte, or come in one chunk", () => {
  const list: Frame[] = [
    { type: 0, flags: 1, streamId: 5, length: 3, payload: Buffer.from("abc") },
    { type: 1, flags: 2, streamId: 5, length: 262_144, payload: Buffer.alloc(0) },
  ];
  const bytes = encode(list);
  for (let cut = 1; cut <= bytes.length; cut++) {
    const result = decode(bytes, (offset) => (offset === 0 ? cut : bytes.length));
    expect(result).toEqual({ frames: list, isBetweenFrames: true });
  }
});

test("a stream that ends inside a frame is known to", () => {
  const bytes = encode([{ type: 0, flags: 0, streamId: 1, length: 2, payload: Buffer.from("ab") }]);
  for (let size = 1; size < bytes.length; size++) {
    expect(decode(bytes.subarray(0, size), () => 100).isBetweenFrames).toBe(false);
  }
});

describe("refuses", () => {
  test.for([
    ["another version", Buffer.from([1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0])],
    ["an unknown type", Buffer.from([0, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0])],
  ] as const)("%s", ([, bytes]) => {
    expect(() => decode(bytes, () => 12)).toThrow(expect.objectContaining({ name: "YamuxProtocolError" }));
  });
});

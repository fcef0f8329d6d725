import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as ws from "ws";
import { FrameSplitter } from "./frame-splitter.ts";

interface Frame {
  opcode: number;
  fin: boolean;
  data: Uint8Array;
}

/** A frame as `ws` writes it. */
function encode({ opcode, fin, data }: Frame, mask: boolean): Buffer {
  // The types leave `Sender` out; it is the reference encoder here.
  const { Sender } = ws as unknown as { Sender: { frame(data: Buffer, options: object): Buffer[] } };
  return Buffer.concat(Sender.frame(Buffer.from(data), { opcode, fin, mask, readOnly: true }));
}

/** Writes the bytes in pieces of the given sizes, over and over, and gives what came out. */
function split(bytes: Buffer, sizes: number[], isMasked: boolean, maxFrameBytes = 1 << 20) {
  const payload: Buffer[] = [];
  const other: Buffer[] = [];
  const splitter = new FrameSplitter({
    isMasked,
    maxFrameBytes,
    onPayload: (piece) => void payload.push(Buffer.from(piece)),
    onOther: (piece) => {
      other.push(Buffer.from(piece));
      return true;
    },
  });
  for (let offset = 0, turn = 0; offset < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    splitter.write(Buffer.from(bytes.subarray(offset, offset + size)));
    offset += size;
  }
  return { payload: Buffer.concat(payload), other: Buffer.concat(other) };
}

const data = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.nat(70_000).map((size) => new Uint8Array(size).fill(size)),
);
const control = fc.record({
  opcode: fc.constantFrom(8, 9, 10),
  fin: fc.constant(true),
  data: fc.uint8Array({ maxLength: 125 }),
});
/** A binary message in one or more frames, with control frames in between. */
const message = fc.array(data, { minLength: 1, maxLength: 4 }).chain((parts) =>
  fc
    .array(fc.option(control, { nil: undefined }), { minLength: parts.length, maxLength: parts.length })
    .map((between) =>
      parts.flatMap((part, index): Frame[] => {
        const frame = { opcode: index === 0 ? 2 : 0, fin: index === parts.length - 1, data: part };
        const after = between[index];
        return after ? [frame, after] : [frame];
      }),
    ),
);
const sizes = fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 5 });

test("payload comes out in order and every other frame untouched, wherever the bytes are cut", () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 4 }), sizes, fc.boolean(), (messages, cuts, isMasked) => {
      const frames = messages.flat();
      const encoded = frames.map((frame) => ({ frame, bytes: encode(frame, isMasked) }));

      const { payload, other } = split(Buffer.concat(encoded.map(({ bytes }) => bytes)), cuts, isMasked);

      const ours = encoded.filter(({ frame }) => frame.opcode < 3);
      const theirs = encoded.filter(({ frame }) => frame.opcode >= 3);
      expect(payload.equals(Buffer.concat(ours.map(({ frame }) => frame.data)))).toBe(true);
      expect(other.equals(Buffer.concat(theirs.map(({ bytes }) => bytes)))).toBe(true);
    }),
    { numRuns: 60 },
  );
});

describe("frames that break a rule, or are not binary, are left to ws as they are", () => {
  test.for<[string, Frame[], { isMasked: boolean; sentMasked: boolean; maxFrameBytes?: number }]>([
    ["text", [{ opcode: 1, fin: true, data: Buffer.from("hi") }], { isMasked: true, sentMasked: true }],
    [
      "text in fragments",
      [
        { opcode: 1, fin: false, data: Buffer.from("hi") },
        { opcode: 0, fin: true, data: Buffer.from("ho") },
      ],
      { isMasked: true, sentMasked: true },
    ],
    [
      "a continuation of nothing",
      [{ opcode: 0, fin: true, data: Buffer.from("x") }],
      { isMasked: true, sentMasked: true },
    ],
    [
      "no mask where one must be",
      [{ opcode: 2, fin: true, data: Buffer.from("x") }],
      { isMasked: true, sentMasked: false },
    ],
    [
      "a mask where none may be",
      [{ opcode: 2, fin: true, data: Buffer.from("x") }],
      { isMasked: false, sentMasked: true },
    ],
    ["an unknown opcode", [{ opcode: 3, fin: true, data: Buffer.from("x") }], { isMasked: false, sentMasked: false }],
    [
      "a frame above the limit",
      [{ opcode: 2, fin: true, data: Buffer.alloc(1001) }],
      { isMasked: false, sentMasked: false, maxFrameBytes: 1000 },
    ],
  ])("%s", ([, frames, { isMasked, sentMasked, maxFrameBytes }]) => {
    const bytes = Buffer.concat(frames.map((frame) => encode(frame, sentMasked)));

    const { payload, other } = split(bytes, [1], isMasked, maxFrameBytes);

    expect(payload.length).toBe(0);
    expect(other.equals(bytes)).toBe(true);
  });

  test("reserved bits", () => {
    const bytes = encode({ opcode: 2, fin: true, data: Buffer.from("x") }, false);
    bytes[0] = (bytes[0] ?? 0) | 0x40;

    expect(split(bytes, [100], false).other.equals(bytes)).toBe(true);
  });
});

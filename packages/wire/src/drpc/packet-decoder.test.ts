import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeFrame, encodePacket, maxPacketBytes, packetKinds } from "./frame.ts";
import type { DrpcFrame, DrpcPacket } from "./frame.ts";
import { DrpcFrameDecoder } from "./frame-decoder.ts";
import { PacketDecoder } from "./packet-decoder.ts";

const { invoke, message, close } = packetKinds;

function chunksOf(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let offset = 0, turn = 0; offset < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    chunks.push(bytes.subarray(offset, offset + size));
    offset += size;
  }
  return chunks;
}

function decodePackets(bytes: Buffer, sizes: readonly number[] = [1 << 30]): DrpcPacket[] {
  const packets: DrpcPacket[] = [];
  const decoder = new PacketDecoder((packet) => packets.push({ ...packet, data: Buffer.from(packet.data) }));
  for (const chunk of chunksOf(bytes, sizes)) decoder.push(chunk);
  return packets;
}

function frame(part: Partial<DrpcFrame>): Buffer {
  const data = part.data ?? Buffer.alloc(0);
  return encodeFrame({ kind: message, isLast: true, isIgnorable: false, streamId: 1, messageId: 1, ...part, data });
}

const id = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });

test("frames come out as they went in, however the bytes are cut", () => {
  const frames = fc.array(
    fc.record({
      kind: fc.integer({ min: 0, max: 63 }),
      isLast: fc.boolean(),
      isIgnorable: fc.boolean(),
      streamId: fc.oneof(id, fc.constant(0)),
      messageId: id,
      data: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    }),
    { maxLength: 10 },
  );
  fc.assert(
    fc.property(frames, sizes, (list, cuts) => {
      const seen: DrpcFrame[] = [];
      const decoder = new DrpcFrameDecoder((one) => seen.push({ ...one, data: Buffer.from(one.data) }));
      for (const chunk of chunksOf(Buffer.concat(list.map(encodeFrame)), cuts)) decoder.push(chunk);

      expect(seen).toEqual(list);
      expect(decoder.isBetweenFrames).toBe(true);
    }),
  );
});

test("packets come out as they went in, in one frame or in many, however the bytes are cut", () => {
  const sent = fc.array(
    fc.record({ kind: fc.constantFrom(invoke, message, close), size: fc.integer({ min: 0, max: 200_000 }) }),
    {
      maxLength: 5,
    },
  );
  fc.assert(
    fc.property(sent, fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1 }), (list, cuts) => {
      const packets = list.map(({ kind, size }, index) => ({
        kind,
        streamId: 1,
        messageId: index + 1,
        data: Buffer.alloc(size, index),
      }));
      const bytes = packets.map((packet) => encodePacket(packet.kind, packet.streamId, packet.messageId, packet.data));

      const seen = decodePackets(Buffer.concat(bytes), cuts);

      expect(seen.map(({ data, ...rest }) => ({ ...rest, size: data.length }))).toEqual(
        packets.map(({ data, ...rest }) => ({ ...rest, size: data.length })),
      );
      expect(seen.every(({ data }, index) => data.equals(packets[index]?.data ?? data))).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test("a packet is one frame up to 64 KiB, several beyond", () => {
  const seen: number[] = [];
  new DrpcFrameDecoder(({ data }) => seen.push(data.length)).push(encodePacket(message, 1, 1, Buffer.alloc(150_000)));

  expect(seen).toEqual([65_536, 65_536, 18_928]);
});

test("4 MiB may be carried, in frames of any size", () => {
  const [packet] = decodePackets(encodePacket(message, 1, 1, Buffer.alloc(maxPacketBytes, 3)), [70_000]);

  expect(packet?.data.equals(Buffer.alloc(maxPacketBytes, 3))).toBe(true);
});

test("a packet that a later one overtakes is given up", () => {
  const bytes = [
    frame({ messageId: 1, isLast: false, data: Buffer.from("lost") }),
    frame({ messageId: 2, data: Buffer.from("kept") }),
  ];

  expect(decodePackets(Buffer.concat(bytes))).toMatchObject([{ messageId: 2, data: Buffer.from("kept") }]);
});

test("an unknown kind that may be ignored is dropped, and what follows is read", () => {
  const unknown = { kind: 9, isIgnorable: true };
  const bytes = [
    frame({ ...unknown, messageId: 1, isLast: false, data: Buffer.from("a") }),
    frame({ ...unknown, messageId: 1, data: Buffer.from("b") }),
    frame({ messageId: 2, data: Buffer.from("c") }),
  ];

  expect(decodePackets(Buffer.concat(bytes))).toMatchObject([{ messageId: 2, data: Buffer.from("c") }]);
});

describe("breaks of the rules are found", () => {
  test.for<[string, Buffer[]]>([
    ["an unknown kind that may not be ignored", [frame({ kind: 9 })]],
    ["kind 0", [frame({ kind: 0 })]],
    ["a message id that goes down", [frame({ messageId: 2 }), frame({ messageId: 1 })]],
    ["a stream id that goes down", [frame({ streamId: 2 }), frame({ streamId: 1, messageId: 9 })]],
    ["an id used again", [frame({}), frame({})]],
    ["a stream id of 0", [frame({ streamId: 0 })]],
    ["a message id of 0", [frame({ messageId: 0 })]],
    ["a kind that changes inside a packet", [frame({ isLast: false }), frame({ kind: close })]],
    ["a frame above 4 MiB, by its header", [frame({ data: Buffer.alloc(maxPacketBytes + 1) }).subarray(0, 8)]],
    [
      "a packet above 4 MiB in several frames",
      [frame({ isLast: false, data: Buffer.alloc(maxPacketBytes) }), frame({ data: Buffer.alloc(1) })],
    ],
    [
      "an ignored packet above 4 MiB",
      [
        frame({ kind: 9, isIgnorable: true, isLast: false, data: Buffer.alloc(maxPacketBytes) }),
        frame({ kind: 9, isIgnorable: true, data: Buffer.alloc(1) }),
      ],
    ],
    ["a number above 2^53", [Buffer.from([5, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 1, 0])]],
    ["a number without an end", [Buffer.from([5, ...Array<number>(20).fill(0x80)])]],
  ])("%s", ([, bytes]) => {
    expect(() => decodePackets(Buffer.concat(bytes))).toThrow(expect.objectContaining({ name: "DrpcProtocolError" }));
  });

  test("a packet too large to send", () => {
    expect(() => encodePacket(message, 1, 1, Buffer.alloc(maxPacketBytes + 1))).toThrow("4194304");
  });
});

test("random bytes are refused or read, and nothing else happens", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), sizes, (bytes, cuts) => {
      try {
        decodePackets(Buffer.from(bytes), cuts);
      } catch (error) {
        expect(error).toMatchObject({ name: "DrpcProtocolError" });
      }
    }),
    { numRuns: 500 },
  );
});

import fc from "fast-check";
import { expect, test } from "vitest";
import {
  agentFrames,
  clientFrames,
  decodeFrame,
  encodeFrame,
  FrameError,
  FrameReader,
  headOf,
  longestPayloadBytes,
  longestStartBytes,
  readNumber,
  withLength,
  writeNumber,
  type Frame,
} from "./index.ts";

const frame: fc.Arbitrary<Frame> = fc.record({
  kind: fc.integer({ min: 0, max: 255 }),
  command: fc.integer({ min: 1, max: 0xff_ff_ff_ff }),
  payload: fc.uint8Array({ maxLength: 300 }),
});

test("what was encoded is decoded, however the stream cuts it", () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 6 }), fc.array(fc.nat(400), { maxLength: 20 }), (frames, cuts) => {
      const sent = Buffer.concat(
        frames.map(({ kind, command, payload }) => withLength(encodeFrame(kind, command, payload))),
      );
      const reader = new FrameReader();
      const got: Frame[] = [];
      let at = 0;
      for (const cut of [...cuts, sent.length]) {
        const chunk = Uint8Array.from(sent.subarray(at, at + cut));
        at += chunk.length;
        for (const { kind, command, payload } of reader.feed(chunk))
          got.push({ kind, command, payload: payload.slice() });
        chunk.fill(0xaa); // nothing that is kept lies in it
      }
      expect(got).toEqual(frames);
    }),
  );
});

test("a head before a payload is the frame of that payload", () => {
  const payload = Uint8Array.of(1, 2, 3);

  const sent = Buffer.concat([headOf(agentFrames.stdout, 9, payload.length), payload]);

  expect(sent.equals(withLength(encodeFrame(agentFrames.stdout, 9, payload)))).toBe(true);
  expect(() => headOf(agentFrames.stdout, 9, longestPayloadBytes + 1)).toThrow(FrameError);
});

test("a payload may be JSON or a number", () => {
  const start = decodeFrame(encodeFrame(clientFrames.start, 7, { argv: ["true"] }));

  expect(JSON.parse(Buffer.from(start.payload).toString())).toEqual({ argv: ["true"] });
  expect(readNumber(decodeFrame(encodeFrame(agentFrames.take, 7, writeNumber(4_000_000_000))))).toBe(4_000_000_000);
  expect(() => readNumber({ payload: new Uint8Array(3) })).toThrow(FrameError);
});

test.for<[what: string, attempt: () => unknown]>([
  ["a command that is none", () => encodeFrame(clientFrames.leave, 0)],
  ["a command over 32 bits", () => encodeFrame(clientFrames.leave, 2 ** 32)],
  ["a payload over its limit", () => encodeFrame(agentFrames.stdout, 1, new Uint8Array(longestPayloadBytes + 1))],
  ["a start over its limit", () => encodeFrame(clientFrames.start, 1, new Uint8Array(longestStartBytes + 1))],
  ["a message that is too short", () => decodeFrame(new Uint8Array(4))],
  ["a message that names no command", () => decodeFrame(new Uint8Array(5))],
  ["a message that is too long", () => decodeFrame(new Uint8Array(5 + longestPayloadBytes + 1).fill(2))],
  ["a length that no frame has", () => [...new FrameReader().feed(writeNumber(4))]],
  ["a length over the limit", () => [...new FrameReader().feed(writeNumber(2 ** 31))]],
])("%s ends the connection", ([, attempt]) => {
  expect(attempt).toThrow(FrameError);
});

test("frames at their limits pass", () => {
  expect(decodeFrame(encodeFrame(agentFrames.stderr, 1, new Uint8Array(longestPayloadBytes))).payload.length).toBe(
    longestPayloadBytes,
  );
  const start = withLength(encodeFrame(clientFrames.attach, 1, new Uint8Array(longestStartBytes)));
  expect([...new FrameReader().feed(start)]).toHaveLength(1);
});

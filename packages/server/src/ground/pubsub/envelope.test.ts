import fc from "fast-check";
import { expect, test } from "vitest";
import { maxPayloadBytes, packEntries, unpackEntries, type Entry } from "./envelope.ts";

const entry = fc.tuple(fc.string(), fc.string(), fc.record({ text: fc.string({ maxLength: 400, unit: "grapheme" }) }));

test("what is packed is unpacked in order, each payload below PostgreSQL's limit", () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 200 }), (entries) => {
      const { payloads, tooLarge } = packEntries("me", entries);

      expect(tooLarge).toEqual([]);
      expect(payloads.flatMap((payload) => unpackEntries(payload)?.entries)).toEqual(entries);
      for (const payload of payloads) expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(maxPayloadBytes);
    }),
  );
});

test("an entry that alone exceeds the limit is reported and stops nobody else", () => {
  const long: Entry = ["c", "k", "x".repeat(maxPayloadBytes)];

  const { payloads, tooLarge } = packEntries("me", [["c", "a", {}], long, ["c", "b", {}]]);

  expect(tooLarge).toEqual([long]);
  expect(payloads).toHaveLength(1);
});

test.for(["", "hello", "{}", "[]", '{"from":1,"m":[]}', '{"from":"x","m":[["only"]]}'])(
  "%s is none of ours",
  (text) => {
    expect(unpackEntries(text)).toBeUndefined();
  },
);

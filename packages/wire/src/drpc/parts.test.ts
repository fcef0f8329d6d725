import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeError, encodeError } from "./error-packet.ts";
import { DrpcError } from "./errors.ts";
import { decodeMetadata, encodeMetadata } from "./invoke-metadata.ts";

test("errors keep their code and text", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.string({ maxLength: 500, unit: "grapheme" }),
      (code, text) => {
        expect(decodeError(encodeError(new DrpcError(text, { code })))).toMatchObject({ code, message: text });
      },
    ),
  );
  expect(encodeError(new DrpcError("no", { code: 12n })).toString("hex")).toBe(
    `${"0".repeat(15)}c${Buffer.from("no").toString("hex")}`,
  );
});

test("the text of an error is cut at 4,096 characters", () => {
  expect(decodeError(encodeError(new DrpcError("x".repeat(10_000)))).message).toHaveLength(4096);
});

test("an error without a code breaks the rules", () => {
  expect(() => decodeError(Buffer.alloc(7))).toThrow(expect.objectContaining({ name: "DrpcProtocolError" }));
});

test("metadata pairs come out as they went in", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), (pairs) => {
      expect(Object.fromEntries(decodeMetadata(encodeMetadata(Object.entries(pairs))))).toEqual(pairs);
    }),
  );
});

test("metadata that cannot be parsed is left out", () => {
  const known = Buffer.from(encodeMetadata([["key", "value"]]));
  expect(decodeMetadata(Buffer.concat([known, Buffer.from([0xff, 0xff])]))).toEqual(new Map([["key", "value"]]));
  expect(decodeMetadata(Buffer.concat([Buffer.from([0x08, 7]), known]))).toEqual(new Map([["key", "value"]]));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => decodeMetadata(bytes) instanceof Map));
});

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NodeSchema } from "../gen/tailnet_pb.ts";
import { fromMetadataSpan, toMetadataSpan } from "./metadata-span.ts";
import { uuidFromBytes, uuidToBytes } from "./uuid.ts";

describe("uuids", () => {
  test("travel as 16 bytes", () => {
    fc.assert(fc.property(fc.uuid(), (uuid) => uuidFromBytes(uuidToBytes(uuid)) === uuid));
    expect(uuidToBytes("AD6D3798-0b91-4d12-8e15-200d77664425")).toEqual(
      Buffer.from("ad6d37980b914d128e15200d77664425", "hex"),
    );
  });

  test.for([
    "",
    "ad6d3798",
    "ad6d3798-0b91-4d12-8e15-200d7766442",
    "gd6d3798-0b91-4d12-8e15-200d77664425",
    "ad6d37980b914d128e15200d77664425",
  ])('"%s" is none', (text) => {
    expect(() => uuidToBytes(text)).toThrow(RangeError);
  });

  test("of another length are refused", () => {
    expect(() => uuidFromBytes(Buffer.alloc(15))).toThrow("16 bytes, not 15");
  });
});

test("spans of metadata carry seconds as nanoseconds", () => {
  expect(toMetadataSpan(5)).toMatchObject({ seconds: 0n, nanos: 5 });
  fc.assert(fc.property(fc.nat(), (seconds) => fromMetadataSpan(toMetadataSpan(seconds)) === seconds));
  expect(fromMetadataSpan(toMetadataSpan(3_000_000_005))).toBe(3_000_000_005);
  expect(fromMetadataSpan(undefined)).toBe(0);
});

test("node ids above 2^53 keep every digit", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (id) => {
      expect(fromBinary(NodeSchema, toBinary(NodeSchema, create(NodeSchema, { id }))).id).toBe(id);
    }),
  );
});

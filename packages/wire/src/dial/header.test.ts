import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeDialDetails,
  decodeDialHeader,
  decodeRefusal,
  dialHeaderBytes,
  encodeDialHeader,
  encodeRefusal,
} from "./header.ts";

test("headers come out as they went in", () => {
  const target = fc.record({
    port: fc.integer({ min: 1, max: 65_535 }),
    reason: fc.option(fc.string(), { nil: undefined }),
    deadlineMs: fc.option(fc.integer({ min: 1 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(target, (wanted) => {
      const bytes = encodeDialHeader(wanted);
      const { port, jsonBytes } = decodeDialHeader(bytes.subarray(0, dialHeaderBytes));

      expect(bytes.length).toBe(dialHeaderBytes + jsonBytes);
      expect({ port, ...decodeDialDetails(bytes.subarray(dialHeaderBytes)) }).toEqual(wanted);
    }),
  );
});

test("the bytes are those of the protocol", () => {
  expect(encodeDialHeader({ port: 0x1234, reason: undefined, deadlineMs: undefined }).toString("hex")).toBe(
    "480112340000",
  );
  const json = '{"reason":"ssh","deadline_ms":5000}';
  expect(encodeDialHeader({ port: 1, reason: "ssh", deadlineMs: 5000 })).toEqual(
    Buffer.concat([Buffer.from([0x48, 1, 0, 1, 0, json.length]), Buffer.from(json)]),
  );
  expect(encodeRefusal("not ready").toString("hex")).toBe(`010009${Buffer.from("not ready").toString("hex")}`);
});

describe("what is no dial is refused", () => {
  test.for([
    ["another first byte", "030101000000"],
    ["another version", "480200160000"],
    ["port 0", "480100000000"],
  ])("%s", ([, hex = ""]) => {
    expect(() => decodeDialHeader(Buffer.from(hex, "hex"))).toThrow(
      expect.objectContaining({ name: "DialProtocolError" }),
    );
  });

  test.for(["[", "7", "null", '"text"'])("details %s", (json) => {
    expect(() => decodeDialDetails(Buffer.from(json))).toThrow(expect.objectContaining({ name: "DialProtocolError" }));
  });

  test.for([0, -1, 65_536, 1.5, Number.NaN])("port %d to dial", (port) => {
    expect(() => encodeDialHeader({ port, reason: undefined, deadlineMs: undefined })).toThrow(RangeError);
  });

  test("a reason that does not fit", () => {
    expect(() => encodeDialHeader({ port: 1, reason: "x".repeat(70_000), deadlineMs: undefined })).toThrow("too long");
  });
});

test("details of another type are left out", () => {
  expect(decodeDialDetails(Buffer.from('{"reason":7,"deadline_ms":"soon","more":true}'))).toEqual({
    reason: undefined,
    deadlineMs: undefined,
  });
});

test("a reason that a newer agent gives is a refusal", () => {
  expect(decodeRefusal("denied")).toBe("denied");
  expect(decodeRefusal("out of paper")).toBe("refused");
});

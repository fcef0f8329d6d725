import fc from "fast-check";
import { expect, test } from "vitest";
import {
  faultOfAll,
  faultOfEnvName,
  faultOfFilePath,
  faultOfSecretName,
  faultOfValue,
  mostBytesInAll,
  mostSecrets,
  mostValueBytes,
} from "./faults.ts";

test.for([
  ["github", undefined],
  ["GitHub token (work)", undefined],
  ["schlüssel", undefined],
  ["", "Name is required."],
  [" a", "must not begin or end with a blank"],
  ["a/b", "must not have slashes or control characters"],
  ["a\nb", "must not have slashes or control characters"],
  ["..", '".." is no name'],
  ["a".repeat(256), "must be at most 255 characters, not 256"],
])("the name %j: %s", ([name, fault]) => {
  expect(faultOfSecretName(name ?? "")).toBe(fault);
});

test.for([
  ["", undefined],
  ["GITHUB_TOKEN", undefined],
  ["_x1", undefined],
  ["CODERS", undefined],
  ["1x", '"1x" must be letters, digits and underscores, and not begin with a digit'],
  ["A-B", '"A-B" must be letters, digits and underscores, and not begin with a digit'],
  ["A=B", '"A=B" must be letters, digits and underscores, and not begin with a digit'],
  ["HEARTH_AGENT_TOKEN", expect.stringContaining("is kept for what workspaces are told")],
  ["CODER", expect.stringContaining("is kept for what workspaces are told")],
])("the variable %j: %s", ([name, fault]) => {
  expect(faultOfEnvName(name as string)).toEqual(fault);
});

test.for([
  ["", undefined],
  ["~/.netrc", undefined],
  ["/etc/key", undefined],
  ["key", '"key" must begin with / or ~/'],
  ["~", '"~" must begin with / or ~/'],
  ["~/keys/", '"~/keys/" must name a file'],
])("the path %j: %s", ([path, fault]) => {
  expect(faultOfFilePath(path ?? "")).toBe(fault);
});

test("a value is measured in bytes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }), (text) => {
      fc.pre(!text.includes("\0"));
      const times = Math.floor(mostValueBytes / Buffer.byteLength(text));
      expect(faultOfValue(text.repeat(times))).toBe(undefined);
      expect(faultOfValue(text.repeat(times + 1))).toContain(`at most ${mostValueBytes} bytes`);
    }),
  );
  expect(faultOfValue("")).toBe("Value is required.");
  expect(faultOfValue("a\0b")).toBe("must not have a NUL character");
});

test("a user keeps so many, and so much, and no more", () => {
  expect(faultOfAll({ count: mostSecrets, bytes: mostBytesInAll })).toBe(undefined);
  expect(faultOfAll({ count: mostSecrets + 1, bytes: 0 })?.[0]).toBe("name");
  expect(faultOfAll({ count: 1, bytes: mostBytesInAll + 1 })?.[0]).toBe("value");
});

import { expect, test } from "vitest";
import { ConfigError, parseSize, readConfig } from "./config.ts";

test.for([
  ["0", 0],
  ["4096", 4096],
  ["512MiB", 512 * 1024 ** 2],
  ["512 mib", 512 * 1024 ** 2],
  ["2GiB", 2 * 1024 ** 3],
  ["1TiB", 1024 ** 4],
  ["1KB", 1000],
  ["500MB", 500_000_000],
  ["", undefined],
  ["-1", undefined],
  ["1.5GiB", undefined],
  ["512Mi", undefined],
  ["MiB", undefined],
  ["12PiB", undefined],
] as const)("the size %j is %s bytes", ([text, bytes]) => {
  expect(parseSize(text)).toBe(bytes);
});

test("a size that cannot be read names its option and what it takes", () => {
  expect(() => readConfig({ HEARTH_MIN_FREE_DISK: "plenty" })).toThrow(
    new ConfigError('HEARTH_MIN_FREE_DISK must be a size such as 512MiB, 2GiB or 0, not "plenty".'),
  );
  expect(readConfig({}).minFreeDiskBytes).toBe(512 * 1024 ** 2);
});

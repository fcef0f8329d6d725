import fc from "fast-check";
import ssh2 from "ssh2";
import { expect, test } from "vitest";
import { deriveHostKey } from "#ssh/host-key.ts";

const seeds = fc.uint8Array({ minLength: 16, maxLength: 64 });

test("the same seed gives the same key, on every machine and for ever [agents 112]", () => {
  const key = ssh2.utils.parseKey(deriveHostKey(new Uint8Array(32).fill(7)));
  if (key instanceof Error) throw key;

  expect(key.getPublicSSH().toString("base64")).toMatchInlineSnapshot(
    `"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBC7BHWXXwGTpmG5P561WyLOzAGZKY356bpqAqtYU9bPnMmt5B89nL+3g6x4gMBFPkoQ9tL5EtEdQGng0iX5Go1c="`,
  );
});

test("every seed gives a key that ssh2 can use, and two seeds give two keys", () => {
  fc.assert(
    fc.property(seeds, seeds, (one, other) => {
      fc.pre(!Buffer.from(one).equals(Buffer.from(other)));
      const key = ssh2.utils.parseKey(deriveHostKey(one));

      expect(key).not.toBeInstanceOf(Error);
      expect(deriveHostKey(one)).not.toBe(deriveHostKey(other));
    }),
    { numRuns: 200 },
  );
});

test("a seed that could be guessed is refused", () => {
  expect(() => deriveHostKey(new Uint8Array(15))).toThrow("at least 16 bytes");
});

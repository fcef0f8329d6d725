import { expect, test } from "vitest";
import { Kept } from "./kept.ts";

function reader() {
  const reads: string[] = [];
  return { reads, read: (key: string) => () => Promise.resolve(`${key} ${reads.push(key)}`) };
}

test("a value is read once, also by those who ask while it is read", async () => {
  const kept = new Kept<string>(2);
  const { reads, read } = reader();

  const values = await Promise.all([kept.get("a", read("a")), kept.get("a", read("a"))]);

  expect([...values, await kept.get("a", read("a"))]).toEqual(["a 1", "a 1", "a 1"]);
  expect(reads).toEqual(["a"]);
});

test("of more than may be kept the one used longest ago is read again", async () => {
  const kept = new Kept<string>(2);
  const { reads, read } = reader();

  for (const key of ["a", "b", "a", "c", "a", "b"]) await kept.get(key, read(key));

  expect(reads).toEqual(["a", "b", "c", "b"]);
});

test("a read that failed is not kept", async () => {
  const kept = new Kept<string>(2);
  const { read } = reader();

  await expect(kept.get("a", () => Promise.reject(new Error("gone")))).rejects.toThrow("gone");

  expect(await kept.get("a", read("a"))).toBe("a 1");
});

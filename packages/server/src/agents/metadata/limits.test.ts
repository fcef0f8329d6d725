import fc from "fast-check";
import { expect, test } from "vitest";
import { cutAtCharacter, maxKeyBytes, maxValueBytes, storableValues } from "./limits.ts";

const value = (given: Partial<{ key: string; value: string; error: string }>) => ({
  key: "k",
  value: "",
  error: "",
  ...given,
});

test("values and errors are trimmed", () => {
  const { stored } = storableValues([value({ value: " 1 \n", error: "\tno " })]);

  expect(stored).toEqual([value({ value: "1", error: "no" })]);
});

test("a value that is too long is cut between characters, and its error names the sizes [agents 38]", () => {
  const [stored] = storableValues([
    value({ value: `${"x".repeat(2_047)}${"é".repeat(477)}`, error: "was this" }),
  ]).stored;

  expect(Buffer.byteLength(stored?.value ?? "")).toBe(2_047);
  expect(stored?.error).toContain("3001");
  expect(stored?.error).toContain(String(maxValueBytes));
});

test("an error that is too long is replaced by its size", () => {
  const [stored] = storableValues([value({ value: "kept", error: "e".repeat(2_049) })]).stored;

  expect(stored).toMatchObject({ value: "kept", error: expect.stringContaining("2049") as string });
});

test("keys beyond the limit of a call are left out, and that is told [agents 39]", () => {
  const values = Array.from({ length: 70 }, (_, i) => value({ key: String(i).padStart(100, "k") }));

  const { stored, hasLeftOut } = storableValues(values);

  expect(stored).toHaveLength(61);
  expect(hasLeftOut).toBe(true);
  expect(storableValues(values.slice(0, 61)).hasLeftOut).toBe(false);
  expect(61 * 100).toBeLessThanOrEqual(maxKeyBytes);
});

test("a cut never breaks a character, and never takes more than it must [agents 38]", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 0, max: 40 }), (text, maxBytes) => {
      const cut = cutAtCharacter(text, maxBytes);

      expect(text.startsWith(cut)).toBe(true);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(maxBytes);
      expect(cut.isWellFormed()).toBe(true);
      const next = Array.from(text.slice(cut.length))[0];
      if (next !== undefined) expect(Buffer.byteLength(cut + next)).toBeGreaterThan(maxBytes);
    }),
  );
});

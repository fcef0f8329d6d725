import fc from "fast-check";
import { expect, test } from "vitest";
import { madeUpName } from "./made-up-name.ts";

test("a template's name and some chance", () => {
  expect(madeUpName("starter", new Uint8Array([0, 255, 1, 16]))).toBe("starter-00ff0110");
  expect(madeUpName("Über alles!", new Uint8Array([0, 0, 0, 0]))).toBe("ber-alles-00000000");
});

test("whatever the template is called, it is a name that a workspace may have", () => {
  fc.assert(
    fc.property(fc.string(), fc.uint8Array({ minLength: 4, maxLength: 4 }), (template, random) => {
      const name = madeUpName(template, random);

      expect(name).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
      expect(name.length).toBeLessThanOrEqual(32);
    }),
  );
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { electDefault, type Candidate } from "./elect-default.ts";

const model = (id: string, facts: Partial<Candidate> = {}): Candidate => ({
  id,
  isUsable: true,
  isDefault: false,
  createdAtMs: 0,
  ...facts,
});
const unusable = { isUsable: false };

test.for<[string, Candidate[], { promoted?: string; demoted?: string }, string | undefined]>([
  ["of none", [], {}, undefined],
  ["the first", [model("a", unusable)], {}, "a"],
  ["the one that is", [model("a"), model("b", { isDefault: true })], {}, "b"],
  ["the one that is, though it cannot be used", [model("a"), model("b", { isDefault: true, ...unusable })], {}, "b"],
  ["the one that is asked for", [model("a", { isDefault: true }), model("b")], { promoted: "b" }, "b"],
  [
    "one that can be used, after it",
    [model("a", unusable), model("b"), model("c", { isDefault: true })],
    { demoted: "c" },
    "b",
  ],
  ["any, where none can be used", [model("a", { isDefault: true }), model("b", unusable)], { demoted: "a" }, "b"],
  ["the only one, against all wishes", [model("a", { isDefault: true })], { demoted: "a" }, "a"],
  ["the oldest", [model("b", { createdAtMs: 2 }), model("a", { createdAtMs: 1 })], {}, "a"],
])("the default is %s [chat 210]", ([, models, wish, expected]) => {
  expect(electDefault(models, wish)).toBe(expected);
});

test("where there are models there is a default, and it is one of them [chat 210]", () => {
  const candidates = fc.uniqueArray(
    fc.record({
      id: fc.constantFrom("a", "b", "c", "d"),
      isUsable: fc.boolean(),
      isDefault: fc.boolean(),
      createdAtMs: fc.nat(3),
    }),
    { selector: ({ id }) => id },
  );
  const id = fc.option(fc.constantFrom("a", "b", "c", "d", "gone"), { nil: undefined });
  fc.assert(
    fc.property(candidates, id, id, (models, promoted, demoted) => {
      const elected = electDefault(models, { ...(promoted && { promoted }), ...(demoted && { demoted }) });
      expect(models.length === 0 ? elected === undefined : models.some((one) => one.id === elected)).toBe(true);
    }),
  );
});

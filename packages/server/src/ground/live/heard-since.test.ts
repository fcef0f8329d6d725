import fc from "fast-check";
import { expect, test } from "vitest";
import { HeardSince } from "./heard-since.ts";

const id = fc.constantFrom("a", "b", "c", "d", "e");
const step = fc.oneof(
  { weight: 6, arbitrary: id },
  { weight: 1, arbitrary: fc.constant("lost" as const) },
  { weight: 3, arbitrary: fc.constant("mark" as const) },
);

test("what was heard after a mark is never missed, nor more kept apart than there is room for, and with room enough nothing else is told", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 6 }), (steps, room) => {
      const heard = new HeardSince(room);
      const marks: { mark: number; since: Set<string>; isAnything: boolean }[] = [];
      for (const one of steps) {
        if (one === "mark") marks.push({ mark: heard.mark(), since: new Set(), isAnything: false });
        else if (one === "lost") {
          heard.noteAll();
          for (const mark of marks) mark.isAnything = true;
        } else {
          heard.note(one);
          for (const mark of marks) mark.since.add(one);
        }
      }
      for (const { mark, since, isAnything } of marks) {
        const told = heard.since(mark);
        if (told !== undefined) expect(new Set(told)).toEqual(since);
        if (isAnything) expect(told).toBeUndefined();
        expect(told?.length ?? 0).toBeLessThanOrEqual(room);
        if (told === undefined || room >= 5) expect(told === undefined).toBe(isAnything || room < 5);
        for (const one of ["a", "b", "c", "d", "e"]) {
          const isTrue = isAnything || since.has(one);
          if (isTrue || room >= 5) expect(heard.any(mark, ["x", one])).toBe(isTrue);
        }
      }
    }),
  );
});

test("what was heard is told in the order of its last time, and what was not heard of longest is forgotten first", () => {
  const heard = new HeardSince(2);
  for (const one of ["a", "b"]) heard.note(one);
  const mark = heard.mark();
  expect(heard.since(0)).toEqual(["a", "b"]);
  heard.note("a");
  expect(heard.since(0)).toEqual(["b", "a"]);

  heard.note("c"); // and no more is known of b

  expect([heard.since(0), heard.since(mark), heard.since(heard.mark())]).toEqual([undefined, ["a", "c"], []]);
});

test("what was heard before messages were lost takes no room after, and hides nothing of the loss", () => {
  const heard = new HeardSince(2);
  for (const one of ["a", "b"]) heard.note(one);
  const mark = heard.mark();
  heard.noteAll();
  const since = heard.mark();

  for (const one of ["c", "d"]) heard.note(one);

  expect([heard.since(mark), heard.any(mark, ["x"]), heard.since(since)]).toEqual([undefined, true, ["c", "d"]]);
});

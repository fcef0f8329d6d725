import fc from "fast-check";
import { expect, test } from "vitest";
import { addShell, firstShells, parseShells, removeShell, renewShell, type Shells } from "./shells.ts";

function ids(): () => string {
  let next = 0;
  return () => `00000000-0000-4000-8000-${(++next).toString().padStart(12, "0")}`;
}

const id = (n: number) => `00000000-0000-4000-8000-${n.toString().padStart(12, "0")}`;

test("a window begins with one shell", () => {
  expect(firstShells(ids())).toEqual({ tabs: [{ id: id(1), number: 1 }], active: id(1) });
});

test("a new tab is seen, and numbers are not given twice", () => {
  const newId = ids();
  const three = addShell(addShell(firstShells(newId), newId), newId);
  const again = addShell(removeShell(three, id(2), newId), newId);

  expect(again.tabs.map(({ number }) => number)).toEqual([1, 3, 4]);
  expect(again.active).toBe(id(4));
});

test("closing the tab that is seen shows its neighbour", () => {
  const newId = ids();
  const two = addShell(firstShells(newId), newId);

  expect(removeShell(two, id(2), newId).active).toBe(id(1));
  expect(removeShell({ ...two, active: id(1) }, id(1), newId).active).toBe(id(2));
});

test("closing the last tab opens a new shell", () => {
  const newId = ids();

  expect(removeShell(firstShells(newId), id(1), newId).tabs).toEqual([{ id: id(2), number: 1 }]);
});

test("a shell that ended is followed by another in the same tab", () => {
  const newId = ids();

  expect(renewShell(firstShells(newId), id(1), newId)).toEqual({ tabs: [{ id: id(2), number: 1 }], active: id(2) });
});

test("whatever is done, exactly one of the tabs is seen, and a reload brings them back", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom("add", "remove", "renew"), fc.nat(5))), (steps) => {
      const newId = ids();
      let shells: Shells = firstShells(newId);
      for (const [step, at] of steps) {
        const target = shells.tabs[at % shells.tabs.length]?.id ?? "";
        if (step === "add") shells = addShell(shells, newId);
        else if (step === "remove") shells = removeShell(shells, target, newId);
        else shells = renewShell(shells, target, newId);

        expect(shells.tabs.filter((tab) => tab.id === shells.active)).toHaveLength(1);
      }
      expect(parseShells(JSON.stringify(shells))).toEqual(shells);
    }),
  );
});

test.for([
  [null],
  [""],
  ["{}"],
  ["null"],
  ['{"tabs":[],"active":""}'],
  ['{"tabs":[{"id":"x","number":1}],"active":"x"}'],
])("%s brings nothing back", ([text]) => {
  expect(parseShells(text ?? null)).toBeUndefined();
});

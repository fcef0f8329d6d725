import { expect, test } from "vitest";
import { nextShortcut, noKeys, type KeyPress, type Shortcut } from "./shortcuts.ts";

const plain = { ctrlKey: false, metaKey: false, altKey: false, isInText: false };

/** What a row of presses means, 200 ms apart if they do not say otherwise. */
function meaning(...presses: (Partial<KeyPress> & { key: string })[]): Shortcut[] {
  let state = noKeys;
  const found: Shortcut[] = [];
  presses.forEach((press, i) => {
    const next = nextShortcut(state, { ...plain, atMs: 1_000 + i * 200, ...press });
    state = next.state;
    if (next.shortcut) found.push(next.shortcut);
  });
  return found;
}

test.for([
  ["/ searches", [{ key: "/" }], ["search"]],
  ["? helps", [{ key: "?" }], ["help"]],
  ["c creates", [{ key: "c" }], ["create"]],
  ["t opens the terminal", [{ key: "t" }], ["terminal"]],
  ["g w goes to the workspaces", [{ key: "g" }, { key: "w" }], ["workspaces"]],
  ["g t goes to the templates, not to the terminal", [{ key: "g" }, { key: "t" }], ["templates"]],
  ["g, and much later t, opens the terminal", [{ key: "g" }, { key: "t", atMs: 9_000 }], ["terminal"]],
  ["g and another key do nothing", [{ key: "g" }, { key: "c" }], []],
  ["letters belong to the text they are typed into", [{ key: "c", isInText: true }], []],
  ["Ctrl K opens the palette", [{ key: "k", ctrlKey: true }], ["palette"]],
  ["⌘ K opens it from a text, too", [{ key: "k", metaKey: true, isInText: true }], ["palette"]],
  ["the browser keeps its own shortcuts", [{ key: "c", ctrlKey: true }], []],
] as const)("%s", ([, presses, expected]) => {
  expect(meaning(...presses)).toEqual(expected);
});

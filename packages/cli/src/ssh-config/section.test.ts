import fc from "fast-check";
import { expect, test } from "vitest";
import { rewriteSection } from "./section.ts";

const lines = ["Host hearth.*", "    ProxyCommand x"];

function rewrite(content: string, with_: readonly string[] = lines): string {
  const rewritten = rewriteSection(content, with_);
  return rewritten.ok ? rewritten.content : rewritten.why;
}

test("an empty file becomes the section", () => {
  expect(rewrite("")).toMatchInlineSnapshot(`
    "# --- begin hearth ---
    # Written by \`hearth config-ssh\`, which replaces all between these two lines.
    Host hearth.*
        ProxyCommand x
    # --- end hearth ---
    "
  `);
});

test("what is there stays before it", () => {
  expect(rewrite("Host a\n  User b")).toMatch(/^Host a\n {2}User b\n\n# --- begin hearth ---\n/);
  expect(rewrite("Host a\n")).toMatch(/^Host a\n\n# --- begin hearth ---\n/);
});

test("the section is replaced where it stands", () => {
  const before = rewrite("Host a\n", ["Host old"]) + "Host z\n";

  const after = rewrite(before, ["Host new"]);

  expect(after).toBe(before.replace("Host old", "Host new"));
});

test("lines end as the file's do", () => {
  const content = "Host a\r\n";

  expect(rewrite(content).replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
});

test.for([
  ["its end is missing", "# --- begin hearth ---\nHost x\n"],
  ["its begin is missing", "Host x\n# --- end hearth ---\n"],
  ["they stand the wrong way round", "# --- end hearth ---\n# --- begin hearth ---\n"],
  ["it is there twice", "# --- begin hearth ---\n# --- end hearth ---\n# --- begin hearth ---\n# --- end hearth ---\n"],
])("nothing is touched when %s", ([, content]) => {
  expect(rewriteSection(content ?? "", lines).ok).toBe(false);
});

test("a mark inside another line is no mark", () => {
  const content = 'Host x # "# --- begin hearth ---"\n';

  expect(rewrite(content).startsWith(content)).toBe(true);
});

test("every other byte stays, and a second run changes nothing", () => {
  const file = fc.string({ unit: fc.constantFrom("H", " ", "\n", "#", "-", "\r\n", "ÿ", "\u0080", "\t") });
  fc.assert(
    fc.property(file, file, (head, tail) => {
      const once = rewrite(head);
      expect(once.startsWith(head)).toBe(true);
      const withTail = once + tail;
      const again = rewrite(withTail);
      // Lines that end otherwise from now on let the section be written anew.
      if (withTail.includes("\r\n") === head.includes("\r\n")) expect(again).toBe(withTail);
      expect(again.startsWith(head) && again.endsWith(tail)).toBe(true);
    }),
  );
});

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { TestFolder } from "@hearth/base/test-folder";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HeadTail } from "#v0/head-tail.ts";
import { applyEdit } from "#v0/match-text.ts";
import { truncateUtf8 } from "#v0/truncate-utf8.ts";
import { unifiedDiff } from "#v0/unified-diff.ts";

describe("an edit", () => {
  test.for<[what: string, text: string, search: string, replace: string, outcome: unknown]>([
    ["of the very text", "a b c", "b", "x", { text: "a x c" }],
    ["that is not there", "a b c", "d", "x", { found: 0 }],
    ["that is there twice", "b b", "b", "x", { found: 2 }],
    ["takes the replacement as it is", "a", "a", "$&$1", { text: "$&$1" }],
    [
      "without the spaces at the ends of lines",
      "if (x) { \n  y();\t\n}\n",
      "if (x) {\n  y();\n}",
      "z();",
      { text: "z();\n" },
    ],
    [
      "in lines that are indented otherwise",
      "class A {\n    go() {\n        a();\n    }\n}\n",
      "go() {\n    a();\n}",
      "go() {\n    b();\n}",
      { text: "class A {\n    go() {\n        b();\n    }\n}\n" },
    ],
    ["in lines that are indented otherwise, twice", "  a\n\n    a\n", "\ta", "\tb", { found: 2 }],
    ["that takes lines away", "a\n  b \nc\n", "b\n", "", { text: "a\nc\n" }],
    ["of the last line, which has no end", "a\n b", "b ", "c ", { text: "a\n c " }],
    ["in a file with other line ends", "a\r\nb\r\nc\r\n", "a\nb", "x\ny", { text: "x\r\ny\r\nc\r\n" }],
    ["of nothing but spaces", "a\n\nb\n", " ", "x", { found: 0 }],
    ["is no edit of a part of a line", "abc d\n", " abc\n", "x\n", { found: 0 }],
  ])("%s", ([, text, search, replace, outcome]) => {
    expect(applyEdit(text, { search, replace, replaceAll: false })).toEqual(outcome);
  });

  test("of all that are alike keeps the indentation of each", () => {
    const outcome = applyEdit("  a\n\n    a\n", { search: "\ta\n", replace: "\tb\n\tc\n", replaceAll: true });

    expect(outcome).toEqual({ text: "  b\n  c\n\n    b\n    c\n" });
  });
});

describe("a diff", () => {
  test("is what the system's own patch makes the new text of", async () => {
    await using folder = new TestFolder();
    const line = fc.constantFrom("a\n", "b\n", "c\n", "\n");
    const text = fc
      .tuple(fc.array(line, { maxLength: 30 }), fc.boolean())
      .map(([lines, isOpen]) => lines.join("") + (isOpen ? "end" : ""));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const file = folder.join("file");
        writeFileSync(file, before);
        const diff = unifiedDiff(file, before, after);
        if (diff !== "") {
          const patched = spawnSync("git", ["apply", "--unsafe-paths", "--whitespace=nowarn", "-p0", "-"], {
            input: diff
              .replaceAll(folder.path, "")
              .replaceAll("--- /file", "--- file")
              .replaceAll("+++ /file", "+++ file"),
            cwd: folder.path,
            encoding: "utf8",
          });
          expect([patched.stderr, patched.status]).toEqual(["", 0]);
        }
        expect(readFileSync(file, "utf8")).toBe(after);
      }),
      { numRuns: 30 },
    );
  });

  test("has three lines around each change, and names the file twice", () => {
    const lines = Array.from({ length: 20 }, (_, index) => `${index + 1}\n`);
    const after = lines.with(1, "two\n").with(17, "").join("");

    expect(unifiedDiff("/a/b", lines.join(""), after)).toBe(
      "--- /a/b\n+++ /a/b\n@@ -1,5 +1,5 @@\n 1\n-2\n+two\n 3\n 4\n 5\n@@ -15,6 +15,5 @@\n 15\n 16\n 17\n-18\n 19\n 20\n",
    );
    expect(unifiedDiff("/a/b", "same\n", "same\n")).toBe("");
  });
});

describe("head and tail", () => {
  test("are whole characters, however the output was cut", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9000 }), { maxLength: 12 }), (cuts) => {
        const all = Buffer.from("x".repeat(3) + "aü€😀\n".repeat(6000));
        const kept = new HeadTail();
        let at = 0;
        for (const cut of [...cuts, all.length]) {
          kept.push(all.subarray(at, at + cut));
          at += cut;
        }
        const { output, truncated } = kept.read();
        expect(output).not.toContain("\ufffd");
        expect(output.startsWith("xxxaü€😀\n")).toBe(true);
        expect(output.endsWith("aü€😀\n")).toBe(true);
        expect(truncated).toMatchObject({ original_bytes: all.length, omitted_bytes: all.length - 32_768 });
      }),
    );
  });

  test("are the whole where it is short, and lines are cut at 2,048 bytes", () => {
    const kept = new HeadTail();
    kept.push(Buffer.from(`short\n${"ü".repeat(1500)}\nlast`));

    expect(kept.read()).toEqual({ output: `short\n${"ü".repeat(1024)}... [truncated]\nlast` });
  });

  test("text is cut between characters", () => {
    const bytes = Buffer.from("a😀");

    expect([1, 2, 3, 4, 5].map((length) => truncateUtf8(bytes.subarray(0, length)))).toEqual([
      "a",
      "a",
      "a",
      "a",
      "a😀",
    ]);
    expect(truncateUtf8(Buffer.alloc(0))).toBe("");
  });
});

import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { stringify, type CreateNodeOptions, type ToStringOptions } from "yaml";
import { mostAliasExpansions, readManifest } from "./document.ts";
import { formatProblem } from "./problem.ts";

// Properties take a while on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 60_000 });

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function problemsOf(source: string | Uint8Array): string[] {
  const read = readManifest("hearth.yaml", typeof source === "string" ? bytes(source) : source);
  return read.ok ? [] : read.problems.map(formatProblem);
}

function dataOf(source: string): unknown {
  const read = readManifest("hearth.yaml", bytes(source));
  if (!read.ok) throw new Error(read.problems.map(formatProblem).join("\n"));
  return JSON.parse(JSON.stringify(read.document.data));
}

test.for<[string, string, string]>([
  ["a tag", "a: !!str 1\n", "hearth.yaml:1:10: a: Tags such as tag:yaml.org,2002:str are not allowed."],
  ["an unknown tag", "a:\n  b: !secret {c: 1}\n", "hearth.yaml:2:14: a.b: Tags such as !secret are not allowed."],
  ["the same key twice", "a: 1\na: 2\n", 'hearth.yaml:2:1: a: The key "a" is there twice.'],
  ["a list as key", "? [1, 2]\n: x\n", "hearth.yaml:1:3: Keys must be plain texts."],
  ["a second document", "a: 1\n---\nb: 2\n", "hearth.yaml:2:1: Source contains multiple documents"],
  ["a bracket left open", "a: [1, 2\nb: 3\n", "hearth.yaml:2:1"],
  ["a tab as indentation", "a:\n\tb: 1\n", "hearth.yaml:2:1"],
  ["an unknown anchor", "a: *b\n", 'hearth.yaml:1:4: a: There is no anchor "b"'],
  ["infinity", "a: .inf\n", "hearth.yaml:1:4: a: .inf is no number"],
  ["nothing", "", "hearth.yaml:1:1: The file is empty"],
  ["a comment only", "# hello\n", "hearth.yaml:1:1: The file is empty"],
])("%s is refused with its place", ([, source, expected]) => {
  expect(problemsOf(source)[0]).toContain(expected);
});

test("what is no UTF-8, or too large, is refused as a whole", () => {
  expect(problemsOf(new Uint8Array([0x61, 0x3a, 0xff]))).toEqual(["hearth.yaml:1:1: The file is not UTF-8 text."]);
  expect(problemsOf(new Uint8Array(1024 * 1024 + 1))[0]).toContain("at most 1048576 are allowed");
});

test("aliases are expanded, but not without end", () => {
  const few = "a: &a {x: 1}\nb: *a\n";
  const lines = ["a: &a0 [x, x, x]"];
  for (let level = 1; level < 10; level++) lines.push(`b${level}: &a${level} [${`*a${level - 1}, `.repeat(9)}x]`);

  expect(dataOf(few)).toEqual({ a: { x: 1 }, b: { x: 1 } });
  expect(problemsOf(lines.join("\n"))[0]).toContain(`${mostAliasExpansions} times in all`);
  expect(problemsOf("a: &a [*a]\n")[0]).toMatch(/times in all|levels deep/);
});

test("nesting without end is refused", () => {
  for (const depth of [60, 1_000, 20_000])
    expect(problemsOf(`a: ${"[".repeat(depth)}${"]".repeat(depth)}`)).not.toEqual([]);
  expect(problemsOf(`a: ${"[".repeat(60)}1${"]".repeat(60)}`)[0]).toContain("50 levels deep");
});

test("YAML 1.2: yes is a text, 0o17 a number, << a key", () => {
  expect(dataOf("a: yes\nb: 0o17\nc: 1.10\n<<: 1\n2: two\n__proto__: 3\n")).toEqual(
    JSON.parse('{"2":"two","a":"yes","b":15,"c":1.1,"<<":1,"__proto__":3}'),
  );
});

test("expressions need no quotes, wherever they stand", () => {
  const source = [
    'cpus: ${{ param.size == "large" ? 4 : 1 }}',
    "list: [${owner.name}, ${{ [1, 2][0] }}]",
    "map: { a: ${{ x }}, b: ${{ a ? {} : 1 }} } # comment ${{ : }}",
    'quoted: "${{ a ? 1 : 2 }}"',
    "${{ key: a }}: 1",
    "escaped: '$${{ a }}'",
    "",
  ].join("\n");

  expect(dataOf(source)).toEqual({
    cpus: '${{ param.size == "large" ? 4 : 1 }}',
    list: ["${owner.name}", "${{ [1, 2][0] }}"],
    map: { a: "${{ x }}", b: "${{ a ? {} : 1 }}" },
    quoted: "${{ a ? 1 : 2 }}",
    "${{ key: a }}": 1,
    escaped: "$${{ a }}",
  });
});

test("scalars are known as they were written", () => {
  const read = readManifest("hearth.yaml", bytes("a: 1.10\nb: [0x10, true]\nc: 12345678901234567890\n"));
  if (!read.ok) throw new Error("unreadable");

  const written = [["a"], ["b", 0], ["b", 1], ["c"], ["b"], ["d"]].map((path) => read.document.textAt(path));
  expect(written).toEqual(["1.10", "0x10", "true", "12345678901234567890", undefined, undefined]);
});

/** Line and column of a place in a value, as a problem at that place tells it. */
function placeOf(source: string, textOffset: number): { line: number; column: number } {
  const read = readManifest("hearth.yaml", bytes(source));
  if (!read.ok) throw new Error(`unreadable: ${read.problems.map(formatProblem).join("; ")}\n${source}`);
  const { line, column } = read.document.problem(["a", "b"], "x", { textOffset });
  return { line, column };
}

test.for<[string, string, number, { line: number; column: number }]>([
  ["plain", "a:\n  b: one ${X} two\n", 4, { line: 2, column: 10 }],
  ["single quotes", "a:\n  b: 'it''s ${X}'\n", 5, { line: 2, column: 13 }],
  ["double quotes with escapes", 'a:\n  b: "\\u0041\\n\\"${X}"\n', 3, { line: 2, column: 17 }],
  ["an escape beyond 16 bits", 'a:\n  b: "\\U0001F600${X}"\n', 2, { line: 2, column: 17 }],
  ["literal block", "a:\n  b: |\n    first\n    ${X}\n", 6, { line: 4, column: 5 }],
  ["literal block with deeper lines", "a:\n  b: |\n    if\n      ${X}\n", 5, { line: 4, column: 7 }],
  ["literal block after empty lines", "a:\n  b: |\n\n\n    x\n\n    ${X}\n", 5, { line: 7, column: 5 }],
  ["literal block with indicators", "a:\n  b: |2-\n      x\n    ${X}\n", 4, { line: 4, column: 5 }],
  ["folded block", "a:\n  b: >-\n    first\n    ${X}\n", 6, { line: 4, column: 5 }],
  ["folded block with a paragraph", "a:\n  b: >\n    one\n\n    ${X}\n", 4, { line: 5, column: 5 }],
  ["plain over two lines", "a:\n  b: one\n    ${X}\n", 4, { line: 3, column: 5 }],
  ["double quotes over two lines", 'a:\n  b: "one\n\n    ${X}"\n', 4, { line: 4, column: 5 }],
  ["a broken line in double quotes", 'a:\n  b: "one\\\n    ${X}"\n', 3, { line: 3, column: 5 }],
  ["Windows line ends", "a:\r\n  b: |\r\n    first\r\n    ${X}\r\n", 6, { line: 4, column: 5 }],
])("a place within a text is found in the file: %s", ([, source, textOffset, expected]) => {
  expect(placeOf(source, textOffset)).toEqual(expected);
});

const anyStyle = fc.constantFrom<CreateNodeOptions & ToStringOptions>(
  { defaultStringType: "PLAIN" },
  { defaultStringType: "QUOTE_DOUBLE" },
  { defaultStringType: "QUOTE_SINGLE" },
  { defaultStringType: "BLOCK_LITERAL" },
  { defaultStringType: "BLOCK_FOLDED", lineWidth: 30 },
  { defaultStringType: "PLAIN", lineWidth: 20 },
  { defaultStringType: "QUOTE_DOUBLE", lineWidth: 40, minContentWidth: 0 },
);
const anyLine = fc.stringMatching(/^[a-zA-Z'"\\#:é{}-]([a-zA-Z '"\\#:é{}-]{0,30}[a-zA-Z'"\\é{}-])?$/);
const anyValue = fc
  .array(fc.oneof({ weight: 4, arbitrary: anyLine }, { weight: 1, arbitrary: fc.constant("") }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((lines) => lines.join("\n"));

test("every letter of a text stands where its problem points, in every style of YAML", () => {
  fc.assert(
    fc.property(anyValue, anyStyle, (value, style) => {
      const source = stringify({ a: { b: value } }, style);
      const lines = source.split("\n");
      for (const [offset, character] of Array.from(value).entries()) {
        if (!/[a-zA-Z]/.test(character)) continue;
        const { line, column } = placeOf(source, offset);
        expect({ source, offset, found: lines[line - 1]?.[column - 1] }).toEqual({ source, offset, found: character });
      }
    }),
    { numRuns: 400 },
  );
});

const yamlPieces = fc.constantFrom(
  ..."a: |b: |- |[|]|{|}|, |&x |*x |!!str |? |: |'|\"|\\n|\n|  |    |\t|#|>|%YAML 1.1|---|...|${{|}}|${a}|<<: |null|1|é|\u0000".split(
    "|",
  ),
  "|",
);

test("any text is read or refused with places, never a crash", () => {
  const anySource = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(yamlPieces, { maxLength: 60 }).map((all) => bytes(all.join(""))),
  );
  fc.assert(
    fc.property(anySource, (source) => {
      const read = readManifest("hearth.yaml", source);
      if (read.ok) return;
      expect(read.problems.length).toBeGreaterThan(0);
      for (const problem of read.problems) {
        expect(problem.line).toBeGreaterThan(0);
        expect(problem.column).toBeGreaterThan(0);
      }
    }),
    { numRuns: 2000 },
  );
});

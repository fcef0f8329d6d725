import fc from "fast-check";
import { expect, test, vi } from "vitest";
import {
  checkText,
  closest,
  constantText,
  evaluateText,
  EvaluationError,
  lineColumn,
  nameTypes,
  parseTemplateText,
  textReferences,
  type ExpressionProblem,
  type Scope,
  type Value,
  type ValueType,
} from "./index.ts";

// Properties take a while on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 60_000 });

const declared = {
  parameters: new Map<string, ValueType>([
    ["size", "string"],
    ["count", "number"],
    ["fast", "bool"],
    ["regions", "list(string)"],
    ["disk size", "number"],
  ]),
  variables: new Map<string, ValueType>([["image", "string"]]),
};
const values = new Map<string, Value>(
  Object.entries({
    "param/size": "large",
    "param/count": 3,
    "param/fast": true,
    "param/regions": ["eu", "us"],
    "param/disk size": 20,
    "var/image": "debian:12",
    "workspace/name": "dev",
    "workspace/id": "w1",
    "workspace/is_prebuild": false,
    "workspace/start_count": 1,
    "owner/name": "alice",
    "owner/groups": ["Everyone", "admins"],
    access_url: "http://hearth.test",
  }),
);
const scope: Scope = (path) => values.get(path.join("/"));

function evaluate(source: string): Value {
  const { text, problems } = parseTemplateText(source);
  expect([...problems, ...checkText(text, nameTypes(declared))]).toEqual([]);
  return evaluateText(text, scope);
}

function problemsOf(source: string): ExpressionProblem[] {
  const { text, problems } = parseTemplateText(source);
  return [...problems, ...checkText(text, nameTypes(declared))];
}

test.for<[string, Value]>([
  ["plain text", "plain text"],
  ["", ""],
  ["hello ${owner.name}!", "hello alice!"],
  ["${ owner.name }", "alice"],
  ["${param.count}", "3"],
  ["${{ param.count }}", 3],
  ["n=${{ param.count }}", "n=3"],
  ["${param.regions}", '["eu","us"]'],
  ["$${HOME}", "${HOME}"],
  ["$${{ x }}", "${{ x }}"],
  ["$$", "$$"],
  ["$$${owner.name}", "$${owner.name}"],
  ["cost $5 and $x", "cost $5 and $x"],
  ["$(date) ${owner.name}", "$(date) alice"],
  ['${{ param.size == "large" ? 4 : 1 }}', 4],
  ["${{ param.size == 'small' ? 4 : 1 }}", 1],
  ["${{ 1 + 2 * 3 }}", 7],
  ["${{ (1 + 2) * 3 }}", 9],
  ["${{ 10 - 3 - 2 }}", 5],
  ["${{ 7 % 4 }}", 3],
  ["${{ -param.count }}", -3],
  ["${{ - -2 }}", 2],
  ["${{ 1.5e2 }}", 150],
  ["${{ !param.fast || param.count >= 3 }}", true],
  ["${{ param.fast && param.count < 3 }}", false],
  ["${{ false && 1 / 0 == 1 }}", false],
  ["${{ true || 1 / 0 == 1 }}", true],
  ["${{ true ? 1 : 1 / 0 }}", 1],
  ["${{ false ? 1 : true ? 2 : 3 }}", 2],
  ['${{ "eu" in param.regions }}', true],
  ["${{ 2 in [1, 2, 3] }}", true],
  ["${{ 2 in [] }}", false],
  ["${{ param.regions[1] }}", "us"],
  ["${{ owner.name[0] }}", "a"],
  ['${{ param["disk size"] * 2 }}', 40],
  ['${{ param["size"] }}', "large"],
  ['${{ "a" + "b" }}', "ab"],
  ['${{ "a" < "b" }}', true],
  ["${{ [1, 2] == [1, 2] }}", true],
  ["${{ [] == param.regions }}", false],
  ['${{ "tab\\t\\u0041\\"" }}', 'tab\tA"'],
  ['${{ "}}" + "${" }}', "}}${"],
  ['${{ lower("ABC") + upper("def") + trim("  x ") }}', "abcDEFx"],
  ['${{ replace("a-b-c", "-", "+") }}', "a+b+c"],
  ['${{ split("a,b,c", ",")[2] }}', "c"],
  ['${{ join(owner.groups, ", ") }}', "Everyone, admins"],
  ['${{ join([1, 2], "-") }}', "1-2"],
  ["${{ length(owner.groups) }}", 2],
  ['${{ length("añ😀") }}', 3],
  ['${{ contains("hello", "ell") }}', true],
  ['${{ contains(owner.groups, "admins") }}', true],
  ['${{ startsWith("hello", "he") && endsWith("hello", "lo") }}', true],
  ['${{ default("", "x") + default("y", "x") }}', "xy"],
  ["${{ default([], param.regions) }}", ["eu", "us"]],
  ['${{ number("4") + number(" 1.5 ") }}', 5.5],
  ["${{ string(param.count) + string(true) + string(param.regions) }}", '3true["eu","us"]'],
  ["${{\n  param.fast\n    ? 1\n    : 2\n}}", 1],
  ["${access_url}/x", "http://hearth.test/x"],
])("%j is worth %j", ([source, expected]) => {
  expect(evaluate(source)).toEqual(expected);
});

test.for<[string, string, string]>([
  ["${HOME}", "HOME", "For a shell's own variable write $${HOME}"],
  ["${VAR:-x}", "${VAR:-x}", "holds no plain name"],
  ["${", "${", "never closed"],
  ["${owner.name\n}", "${", "never closed"],
  ["${{ 1 + 2", "${{", "never closed"],
  ["${{ 1 + }}", "}}", "Expected a value"],
  ["${{ }}", "}}", "Expected a value, found the end"],
  ["${{ 1 2 }}", "2", "Expected an operator or }}"],
  ["${{ (1 }}", "}}", "Expected )"],
  ["${{ a = b }}", "=", "Compare with =="],
  ["${{ 1 } }}", "}", "ends with }}"],
  ['${{ "abc }}', '"', "never closed"],
  ['${{ "a\\q" }}', "\\q", "is no escape"],
  ["${{ 1abc }}", "1a", "may not run into a name"],
  ["${{ f(1 }}", "}}", "comma or )"],
  ["${{ lowr(owner.name) }}", "lowr(owner.name)", 'Did you mean "lower"?'],
  ["${{ lower() }}", "lower()", "takes a text, not nothing"],
  ["${{ lower(1) }}", "lower(1)", "lower() takes a text, not a number"],
  ['${{ param.count + "x" }}', 'param.count + "x"', "Convert with string"],
  ["${{ param.count && true }}", "param.count && true", "true or false"],
  ["${{ param.size ? 1 : 2 }}", "param.size", "before ? must be true or false"],
  ['${{ true ? 1 : "a" }}', 'true ? 1 : "a"', "must have one type"],
  ["${{ param.size == 1 }}", "param.size == 1", "same type"],
  ["${{ 1 < 2 < 3 }}", "1 < 2 < 3", "two numbers or two texts"],
  ["${{ !1 }}", "!1", "true or false"],
  ["${{ [1, 'a'] }}", "[1, 'a']", "one type"],
  ["${{ [[1]] }}", "[1]", "may not hold lists"],
  ["${{ 1[0] }}", "1[0]", "Only lists and texts"],
  ["${{ owner.groups['x'] }}", "owner.groups['x']", "index must be a number"],
  ["${param.siez}", "param.siez", 'Did you mean "size"?'],
  ["${params.size}", "params.size", 'Did you mean "param"?'],
  ["${owner.shoe_size}", "owner.shoe_size", "There are id, name, full_name"],
  ["${owner}", "owner", "alone is no value"],
  ["${owner.name.first}", "owner.name.first", "has no parts"],
  ["${{ lower(owner.name).x }}", ".x", "a dot cannot follow"],
  ["${{ a.1 }}", "1", "a name after the dot"],
  ["${constructor.prototype}", "constructor.prototype", "not known"],
  ["${{ owner.toString }}", "owner.toString", "does not exist"],
])("%j is wrong at %j", ([source, at, says]) => {
  const [problem, ...others] = problemsOf(source);

  expect(others).toEqual([]);
  expect(source.slice(problem?.start, problem?.end)).toBe(at);
  expect(problem?.message).toContain(says);
});

test.for<[string, string]>([
  ["${{ 1 / 0 }}", "Division by zero"],
  ["${{ 1 % 0 }}", "Division by zero"],
  ["${{ 1e300 * 1e300 }}", "too large"],
  ['${{ number("x") }}', '"x" is not a number'],
  ["${{ param.regions[2] }}", "no element 2; there are 2"],
  ["${{ param.regions[0.5] }}", "no element 0.5"],
  ['${{ split("a", "") }}', "separator"],
  ['${{ replace("a", "", "b") }}', "look for"],
  ["${template.id}", '"template.id" has no value'],
])("%j reads well but has no value", ([source, says]) => {
  expect(problemsOf(source)).toEqual([]);
  expect(() => evaluate(source)).toThrow(says);
});

test("each mistake of a text is told, and reading goes on behind it", () => {
  const source = "${A} ${owner.name} ${{ 1 + }} ${{ param.count }} ${b c}";

  expect(
    problemsOf(source)
      .map((problem) => source.slice(problem.start, problem.end))
      .toSorted(),
  ).toEqual(["${b c}", "A", "}}"]);
});

test("names are found wherever they stand, also behind conditions", () => {
  const { text } = parseTemplateText("${param.size} ${{ false ? lower(owner.name) : [var.image][0] }} $${param.fast}");

  expect(textReferences(text).map((name) => name.path.join("."))).toEqual(["param.size", "owner.name", "var.image"]);
});

test("a text without anything to fill in is constant", () => {
  expect(constantText(parseTemplateText("a $${b} c").text)).toBe("a ${b} c");
  expect(constantText(parseTemplateText("a ${owner.name}").text)).toBeUndefined();
});

test("an expression may be deep, but not deeper than the limit", () => {
  const nested = (depth: number): string => `\${{ ${"(".repeat(depth)}1${")".repeat(depth)} }}`;
  const chain = (length: number): string => `\${{ 1${" + 1".repeat(length)} }}`;

  expect(evaluate(nested(150))).toBe(1);
  expect(evaluate(chain(150))).toBe(151);
  for (const deep of [nested(3_000), chain(1_500), `\${{ ${"!".repeat(3000)}true }}`, `\${{ ${"[".repeat(3000)} }}`]) {
    expect(problemsOf(deep)[0]?.message).toContain("levels deep");
  }
  expect(problemsOf(`\${{ ${"1 ".repeat(6_000)} }}`)[0]?.message).toContain("10000 characters");
});

test("a text that doubles itself again and again is stopped", () => {
  let bomb = '"aaaaaaaaaaaaaaaa"';
  for (let level = 0; level < 12; level++) bomb = `replace(${bomb}, "a", "aaaaaaaa")`;
  const wide = `join([${Array.from({ length: 500 }, () => "param.size").join(", ")}], param.size)`;

  expect(() => evaluate(`\${{ ${bomb} }}`)).toThrow("1048576 characters long");
  const large: Scope = () => "x".repeat(1_000_000);
  expect(() => evaluateText(parseTemplateText(`\${{ ${wide} }}`).text, large)).toThrow("does too much");
});

test("line and column count from one", () => {
  expect(lineColumn("ab\ncd\n", 0)).toEqual({ line: 1, column: 1 });
  expect(lineColumn("ab\ncd\n", 4)).toEqual({ line: 2, column: 2 });
});

test("a near name is suggested, a far one is not", () => {
  expect(closest("instnaces", ["instances", "interval"])).toBe("instances");
  expect(closest("displayname", ["display_name"])).toBe("display_name");
  expect(closest("zebra", ["instances", "interval"])).toBeUndefined();
});

const pieces = fc.constantFrom(
  ...'${ ${{ }} } $${ param.size owner.name workspace.start_count param.regions true false 0 1 1e9 "a" \'b\' ( ) [ ] , ? : + - * / % ! == != <= && || in lower( number( split( replace( join( default( \\ " \n x . $'.split(
    " ",
  ),
);
const anyText = fc.oneof(
  fc.string(),
  fc.array(pieces, { maxLength: 40 }).map((all) => all.join(" ")),
);

test("any text gives a value or located problems, never a crash", () => {
  fc.assert(
    fc.property(anyText, (source) => {
      const { text, problems } = parseTemplateText(source);
      const found = [...problems, ...checkText(text, nameTypes(declared))];
      for (const problem of found) {
        expect(problem.start).toBeGreaterThanOrEqual(0);
        expect(problem.end).toBeLessThanOrEqual(source.length);
        expect(problem.start).toBeLessThanOrEqual(problem.end);
        expect(problem.message).toMatch(/\.$|\?$|\)$|…$/);
      }
      try {
        evaluateText(text, scope);
      } catch (error) {
        expect(error).toBeInstanceOf(EvaluationError);
      }
    }),
    { numRuns: 3000 },
  );
});

test("what the checker accepts fails only for its values, never for its types", () => {
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (all) => {
      const { text, problems } = parseTemplateText(`\${{ ${all.join(" ")} }}`);
      if (problems.length > 0 || checkText(text, nameTypes(declared)).length > 0) return;
      try {
        evaluateText(text, scope);
      } catch (error) {
        expect(String(error)).toMatch(
          /no element|zero|not a number|too large|look for|separator|too much|has no value/,
        );
      }
    }),
    { numRuns: 5000 },
  );
});

test("escaping every ${ makes any text stand for itself", () => {
  fc.assert(
    fc.property(anyText, (source) => {
      // a $ right before an escape would become part of it
      const plain = source.replaceAll("$${", "");
      const { text, problems } = parseTemplateText(plain.replaceAll("${", () => "$${"));

      expect(problems).toEqual([]);
      expect(constantText(text)).toBe(plain);
    }),
  );
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { PatternError, Patterns } from "./pattern.ts";

const test1 = (pattern: string, text: string): boolean => new Patterns().test(pattern, text);

test.for<[string, string, string, boolean]>([
  ["a match anywhere", "b+", "abbc", true],
  ["ends of the text", "^b+$", "abbc", false],
  ["an end before a last line feed is none", "^b$", "b\n", false],
  ["ends of lines", "(?m)^b$", "a\nb", true],
  ["the end of the text", "a\\z", "a", true],
  ["any case", "(?i)^abc$", "ABC", true],
  ["a letter of any script", "^\\pL+$", "Größe", true],
  ["a script", "^\\p{Greek}+$", "λόγος", true],
  ["digits are those of ASCII", "^\\d$", "٣", false],
  ["a named group, as Go writes it", "^(?P<n>a)$", "a", true],
  ["a named group, as others write it", "^(?<n>a)$", "a", true],
  ["a class by name", "^[[:alpha:]]+$", "ab", true],
  ["a quoted text", "^\\Qa.b\\E$", "a.b", true],
  ["a character beyond 16 bits is one", "^.$", "😀", true],
  ["escaped punctuation", "^\\-\\/$", "-/", true],
])("patterns mean what RE2 says: %s", ([, pattern, text, expected]) => {
  expect(test1(pattern, text)).toBe(expected);
});

test.for<[string, string, string, number]>([
  ["look-ahead", "^(?=a)b", "no look-ahead and no look-behind", 1],
  ["negative look-ahead", "(?!a)b", "no look-ahead and no look-behind", 0],
  ["look-behind", "a(?<=a)b", "no look-ahead and no look-behind", 1],
  ["negative look-behind", "(?<!a)b", "no look-ahead and no look-behind", 0],
  ["a back-reference", "(a)\\1", "no back-references", 3],
  ["a long repeat", "ab{1001}", "1000 is the most", 2],
  ["repeats that multiply", "((a{0,100}){0,100}){0,100}", "1000 is the most", 3],
  ["an open group", "(a", "missing closing )", 0],
  ["a possessive quantifier", "ba++", "invalid nested repetition operator", 2],
  ["another dialect's escape", "a\\h", "invalid escape sequence", 1],
  ["an unknown class", "\\p{Nope}", "invalid character class range", 0],
  ["groups without end", "(".repeat(1_024), "missing closing )", 0],
  ["what is too long", "a".repeat(1_025), "1025 characters long", 0],
  ["what unrolls too far", "\\pL{1000}".repeat(100), "more than the 20000 steps", 0],
])("a pattern with %s is refused, and says where", ([, pattern, says, offset]) => {
  const check = () => new Patterns().check(pattern);

  expect(check).toThrow(PatternError);
  expect(check).toThrow(says);
  expect(check).toThrow(expect.objectContaining({ offset }));
});

// Each of these would keep an engine that goes back busy for longer than the universe is old.
test.for<[string, string]>([
  ["(a+)+$", "a".repeat(30_000) + "b"],
  ["^(a|aa)+$", "a".repeat(30_000) + "b"],
  ["^(([a-z])+.)+[A-Z]([a-z])+$", "a".repeat(30_000)],
  ["(x+x+)+y", "x".repeat(30_000)],
  ["^(\\s*\\w+\\s*)*$", "a ".repeat(15_000) + "!"],
])("%s answers for a long text that has no match", ([pattern, text]) => {
  expect(test1(pattern, text)).toBe(false);
});

test("the patterns of a pass share one limit on their size", () => {
  const patterns = new Patterns();
  for (let index = 0; index < 19; index++) patterns.check(`${index}.{1000}`);

  expect(() => patterns.check("twenty.{1000}")).toThrow("more than the 20000 steps");
  expect(() => patterns.check("3.{1000}")).not.toThrow();
});

test("the matches of a pass share one limit on their work", () => {
  const patterns = new Patterns();
  const text = "a".repeat(2_000);
  for (let index = 0; index < 4; index++) expect(patterns.test("a{1000}", text)).toBe(true);

  expect(() => patterns.test("a{1000}", text)).toThrow("too large to be held against a text of 2000 characters");
});

test("any pattern answers or is refused", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.stringMatching(/^[ab()[\]{}*+?|^$\\.,0-9-]{0,40}$/)),
      fc.string(),
      (pattern, text) => {
        try {
          test1(pattern, text);
        } catch (error) {
          expect(error).toBeInstanceOf(PatternError);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

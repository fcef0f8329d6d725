import { SyntaxProblem } from "./problem.ts";

export type Token = { readonly start: number; readonly end: number } & (
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "symbol"; readonly symbol: string }
  | { readonly kind: "close" }
);

/** Longest first, so that `<=` is not read as `<`. */
const symbols = ["==", "!=", "<=", ">=", "&&", "||", ...Array.from("<>!+-*/%?:()[],.")];
const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\\": "\\", '"': '"', "'": "'", $: "$" };

/** An expression longer than this is not worth reading; the limit keeps every later step bounded. */
export const longestExpression = 10_000;

/**
 * The tokens of an expression from `start` (after `${{`) to its `}}`, which is the last one.
 * @throws SyntaxProblem at the first thing that is no token
 */
export function tokenize(text: string, start: number): Token[] {
  const tokens: Token[] = [];
  let at = start;
  for (;;) {
    at = skip(/\s*/y, at);
    if (at >= text.length) {
      throw new SyntaxProblem(
        "This `${{` is never closed; end it with `}}`, or write `$${{` for the characters.",
        start - 3,
        start,
      );
    }
    if (at - start > longestExpression) {
      throw new SyntaxProblem(
        `An expression may be ${longestExpression} characters long; this one is longer.`,
        start - 3,
        start,
      );
    }
    const token = next(at);
    tokens.push(token);
    at = token.end;
    if (token.kind === "close") return tokens;
  }

  function skip(pattern: RegExp, from: number): number {
    pattern.lastIndex = from;
    pattern.test(text);
    return pattern.lastIndex || from;
  }

  function next(from: number): Token {
    if (text.startsWith("}}", from)) return { kind: "close", start: from, end: from + 2 };
    const character = text[from] ?? "";
    if (character === '"' || character === "'") return string(from, character);
    if (/[0-9]/.test(character)) return number(from);
    if (/[A-Za-z_]/.test(character)) {
      const end = skip(/\w+/y, from);
      return { kind: "name", name: text.slice(from, end), start: from, end };
    }
    const symbol = symbols.find((candidate) => text.startsWith(candidate, from));
    if (symbol !== undefined) return { kind: "symbol", symbol, start: from, end: from + symbol.length };
    throw new SyntaxProblem(
      `${JSON.stringify(character)} means nothing in an expression.${hint(character)}`,
      from,
      from + 1,
    );
  }

  function number(from: number): Token {
    const end = skip(/\d+(\.\d+)?([eE][+-]?\d+)?/y, from);
    const value = Number(text.slice(from, end));
    if (!Number.isFinite(value)) throw new SyntaxProblem("This number is too large.", from, end);
    if (/[A-Za-z_]/.test(text[end] ?? "")) {
      throw new SyntaxProblem("A number may not run into a name; names start with a letter.", from, end + 1);
    }
    return { kind: "number", value, start: from, end };
  }

  function string(from: number, quote: string): Token {
    let value = "";
    for (let at = from + 1; at < text.length; at++) {
      const character = text[at] ?? "";
      if (character === quote) return { kind: "string", value, start: from, end: at + 1 };
      if (character === "\n") break;
      if (character !== "\\") {
        value += character;
        continue;
      }
      const escaped = text[++at] ?? "";
      const plain = escapes[escaped];
      if (plain !== undefined) {
        value += plain;
        continue;
      }
      const code = /^[0-9a-fA-F]{4}/.exec(text.slice(at + 1, at + 5))?.[0];
      if (escaped !== "u" || code === undefined) {
        throw new SyntaxProblem(
          `\\${escaped} is no escape; there are \\n \\t \\r \\\\ \\" \\' \\$ and \\u followed by four hexadecimal digits.`,
          at - 1,
          Math.min(at + 1, text.length),
        );
      }
      value += String.fromCharCode(Number.parseInt(code, 16));
      at += 4;
    }
    throw new SyntaxProblem(`This text is never closed; end it with ${quote} on the same line.`, from, from + 1);
  }
}

function hint(character: string): string {
  if (character === "=") return " Compare with ==.";
  if (character === "&") return " Both must hold: &&.";
  if (character === "|") return " One must hold: ||.";
  if (character === "}") return " An expression ends with }}.";
  return "";
}

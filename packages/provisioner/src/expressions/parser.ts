import type { BinaryOperator, Node } from "./ast.ts";
import { tokenize, type Token } from "./lexer.ts";
import { SyntaxProblem } from "./problem.ts";

/** How deep expressions may nest; what reads them uses the stack. */
export const deepestExpression = 200;

/** Loosest first. Those of one row bind alike, from left to right. */
const precedence: readonly (readonly BinaryOperator[])[] = [
  ["||"],
  ["&&"],
  ["==", "!="],
  ["<", "<=", ">", ">=", "in"],
  ["+", "-"],
  ["*", "/", "%"],
];

/** A node without its depth, which follows from its children. */
type Draft = Node extends infer N ? (N extends Node ? Omit<N, "depth"> : never) : never;

/**
 * Reads an expression that begins at `start` (after `${{`); `end` is the offset behind its `}}`.
 * @throws SyntaxProblem at the first thing that does not fit
 */
export function parseExpression(text: string, start: number): { node: Node; end: number } {
  const parser = new Parser(tokenize(text, start));
  return parser.parse();
}

/** Recursive descent. Every way down passes `#enter`, so the stack is bounded whatever the text. */
class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #nesting = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): { node: Node; end: number } {
    const node = this.#conditional();
    const token = this.#peek();
    if (token.kind !== "close") throw unexpected(token, "an operator or }}");
    return { node, end: token.end };
  }

  #conditional(): Node {
    this.#enter();
    const condition = this.#binary(0);
    let node = condition;
    if (this.#take("?")) {
      const whenTrue = this.#conditional();
      this.#expect(":");
      const whenFalse = this.#conditional();
      node = this.#make(
        { kind: "conditional", condition, whenTrue, whenFalse, start: condition.start, end: whenFalse.end },
        [condition, whenTrue, whenFalse],
      );
    }
    this.#nesting--;
    return node;
  }

  #binary(level: number): Node {
    const operators = precedence[level];
    if (!operators) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = this.#operatorOf(operators);
      if (operator === undefined) return left;
      this.#at++;
      const right = this.#binary(level + 1);
      left = this.#make({ kind: "binary", operator, left, right, start: left.start, end: right.end }, [left, right]);
    }
  }

  #operatorOf(operators: readonly BinaryOperator[]): BinaryOperator | undefined {
    const token = this.#peek();
    const word = token.kind === "symbol" ? token.symbol : token.kind === "name" ? token.name : "";
    return operators.find((operator) => operator === word);
  }

  #unary(): Node {
    const token = this.#peek();
    if (token.kind !== "symbol" || (token.symbol !== "!" && token.symbol !== "-")) return this.#postfix();
    this.#enter();
    this.#at++;
    const operand = this.#unary();
    this.#nesting--;
    return this.#make({ kind: "unary", operator: token.symbol, operand, start: token.start, end: operand.end }, [
      operand,
    ]);
  }

  #postfix(): Node {
    let node = this.#primary();
    for (;;) {
      if (this.#take(".")) {
        const token = this.#next();
        if (token.kind !== "name") throw unexpected(token, "a name after the dot");
        if (node.kind !== "name")
          throw new SyntaxProblem("Only names have parts; a dot cannot follow a value.", token.start - 1, token.end);
        node = this.#make({ kind: "name", path: [...node.path, token.name], start: node.start, end: token.end }, []);
      } else if (this.#take("[")) {
        const index = this.#conditional();
        const end = this.#expect("]").end;
        // param["disk size"]: the one way to say a name that is no identifier
        node =
          node.kind === "name" && node.path.length === 1 && index.kind === "literal" && typeof index.value === "string"
            ? this.#make({ kind: "name", path: [...node.path, index.value], start: node.start, end }, [])
            : this.#make({ kind: "index", target: node, index, start: node.start, end }, [node, index]);
      } else return node;
    }
  }

  #primary(): Node {
    const token = this.#next();
    const { start, end } = token;
    switch (token.kind) {
      case "number":
      case "string":
        return this.#make({ kind: "literal", value: token.value, start, end }, []);
      case "name":
        return this.#named(token.name, start, end);
      case "symbol":
        if (token.symbol === "(") {
          const inner = this.#conditional();
          this.#expect(")");
          return inner;
        }
        if (token.symbol === "[") {
          const { items, end: closed } = this.#list("]");
          return this.#make({ kind: "list", elements: items, start, end: closed }, items);
        }
        throw unexpected(token, "a value");
      case "close":
        throw unexpected(token, "a value");
    }
  }

  #named(name: string, start: number, end: number): Node {
    if (name === "true" || name === "false") {
      return this.#make({ kind: "literal", value: name === "true", start, end }, []);
    }
    if (name === "in") throw new SyntaxProblem("`in` stands between a value and a list.", start, end);
    if (!this.#take("(")) return this.#make({ kind: "name", path: [name], start, end }, []);
    const { items, end: closed } = this.#list(")");
    return this.#make({ kind: "call", name, arguments: items, start, end: closed }, items);
  }

  /** Values between commas up to `closing`; the opening is behind us. */
  #list(closing: "]" | ")"): { items: Node[]; end: number } {
    const items: Node[] = [];
    const empty = this.#take(closing);
    if (empty) return { items, end: empty.end };
    for (;;) {
      items.push(this.#conditional());
      const closed = this.#take(closing);
      if (closed) return { items, end: closed.end };
      if (!this.#take(",")) throw unexpected(this.#peek(), `a comma or ${closing}`);
    }
  }

  #make(draft: Draft, children: readonly Node[]): Node {
    const depth = 1 + children.reduce((deepest, child) => Math.max(deepest, child.depth), 0);
    if (depth > deepestExpression) throw tooDeep(draft.start, draft.end);
    return { ...draft, depth };
  }

  #enter(): void {
    if (++this.#nesting <= deepestExpression) return;
    const { start, end } = this.#peek();
    throw tooDeep(start, end);
  }

  #peek(): Token {
    const token = this.#tokens[this.#at];
    if (!token) throw new RangeError("The tokens ended without a close, which the lexer never lets happen.");
    return token;
  }

  #next(): Token {
    const token = this.#peek();
    if (token.kind !== "close") this.#at++; // nothing lies behind the last one
    return token;
  }

  #take(symbol: string): Token | undefined {
    const token = this.#peek();
    if (token.kind !== "symbol" || token.symbol !== symbol) return undefined;
    this.#at++;
    return token;
  }

  #expect(symbol: string): Token {
    const token = this.#take(symbol);
    if (!token) throw unexpected(this.#peek(), symbol);
    return token;
  }
}

function tooDeep(start: number, end: number): SyntaxProblem {
  return new SyntaxProblem(
    `An expression may nest ${deepestExpression} levels deep; this one goes deeper.`,
    start,
    end,
  );
}

function unexpected(token: Token, wanted: string): SyntaxProblem {
  return new SyntaxProblem(`Expected ${wanted}, found ${describe(token)}.`, token.start, token.end);
}

function describe(token: Token): string {
  switch (token.kind) {
    case "number":
      return `the number ${token.value}`;
    case "string":
      return "a text";
    case "name":
      return `"${token.name}"`;
    case "symbol":
      return `"${token.symbol}"`;
    case "close":
      return "the end of the expression";
  }
}

/** Something wrong in a text; `start` and `end` are offsets into it, in UTF-16 code units. */
export interface ExpressionProblem {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/** Ends the reading of one expression; its problem is reported and reading goes on after the expression. */
export class SyntaxProblem extends Error {
  override readonly name = "SyntaxProblem";
  readonly problem: ExpressionProblem;

  constructor(message: string, start: number, end: number) {
    super(message);
    this.problem = { message, start, end: Math.max(end, start) };
  }
}

/** An expression that reads well has no value with these inputs: a division by zero, a text that is no number, too much work. */
export class EvaluationError extends Error {
  override readonly name = "EvaluationError";
  readonly problem: ExpressionProblem;

  constructor(message: string, start: number, end: number) {
    super(message);
    this.problem = { message, start, end };
  }
}

/** No result with these operands; whoever evaluates adds the place and makes it an `EvaluationError`. */
export class Fault extends Error {
  override readonly name = "Fault";
}

/** Line and column, both from 1, of an offset in a text. */
export function lineColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, Math.max(0, offset));
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: before.length - lineStart + 1 };
}

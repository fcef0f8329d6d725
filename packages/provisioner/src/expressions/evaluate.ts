import type { IndexNode, Node } from "./ast.ts";
import { Budget } from "./budget.ts";
import { mismatch } from "./check.ts";
import type { Scope } from "./names.ts";
import { binaryOperations, functions, unaryOperations, type Operation } from "./operations.ts";
import { EvaluationError, Fault } from "./problem.ts";
import type { TemplateText } from "./template-text.ts";
import { formatValue, isList, typeOf, typeWords, type Scalar, type Value } from "./value.ts";

/**
 * Fills a text in. A text that is one `${{ expression }}` and nothing else keeps the value's type; any other gives text.
 * Always ends: depth, text length and work are bounded.
 * @throws EvaluationError with the place
 */
export function evaluateText(text: TemplateText, scope: Scope): Value {
  const budget = new Budget();
  const [only, ...others] = text.parts;
  if (only?.kind === "expression" && others.length === 0) return evaluateExpression(only.node, scope, budget);
  let filled = "";
  for (const part of text.parts) {
    filled += part.kind === "text" ? part.text : formatValue(evaluateExpression(part.node, scope, budget));
  }
  return filled;
}

/** The value of an expression. @throws EvaluationError also for wrong types, so it need not have been checked before */
export function evaluateExpression(node: Node, scope: Scope, budget: Budget = new Budget()): Value {
  return visit(node);

  function visit(at: Node): Value {
    switch (at.kind) {
      case "literal":
        return at.value;
      case "name": {
        const value = scope(at.path);
        if (value === undefined) throw fault(at, `"${at.path.join(".")}" has no value.`);
        return value;
      }
      case "list":
        return at.elements.map((element) => scalar(element, visit(element)));
      case "unary":
        return apply(at, at.operator, unaryOperations[at.operator], [visit(at.operand)]);
      case "binary": {
        const left = visit(at.left);
        // The left side may decide; what stands on the right may then be impossible, such as a division by zero.
        if ((at.operator === "&&" && left === false) || (at.operator === "||" && left === true)) return left;
        return apply(at, at.operator, binaryOperations[at.operator], [left, visit(at.right)]);
      }
      case "conditional": {
        const condition = visit(at.condition);
        if (typeof condition !== "boolean") {
          throw fault(
            at.condition,
            `What stands before ? must be true or false; this is ${typeWords(typeOf(condition))}.`,
          );
        }
        return visit(condition ? at.whenTrue : at.whenFalse);
      }
      case "index": {
        const target = visit(at.target);
        charge(at, [target]);
        return element(at, target, visit(at.index));
      }
      case "call": {
        const called = functions.get(at.name);
        if (!called) throw fault(at, `There is no function "${at.name}".`);
        return apply(at, `${at.name}()`, called, at.arguments.map(visit));
      }
    }
  }

  function charge(at: Node, operands: readonly Value[]): void {
    try {
      budget.read(operands);
    } catch (error) {
      if (error instanceof Fault) throw fault(at, error.message);
      throw error;
    }
  }

  function apply(at: Node, name: string, operation: Operation, operands: readonly Value[]): Value {
    const types = operands.map(typeOf);
    if (operation.type(types) === undefined) throw fault(at, mismatch(name, operation, types));
    charge(at, operands);
    try {
      return operation.apply(operands, budget);
    } catch (error) {
      if (error instanceof Fault) throw fault(at, error.message);
      throw error;
    }
  }
}

function scalar(at: Node, value: Value): Scalar {
  if (typeof value === "object") throw fault(at, "A list may not hold lists.");
  return value;
}

function element(at: IndexNode, target: Value, index: Value): Value {
  if (typeof index !== "number") throw fault(at.index, "An index must be a number.");
  const type = typeOf(target);
  if (type !== "string" && !isList(type))
    throw fault(at, `Only lists and texts can be indexed; this is ${typeWords(type)}.`);
  const elements = typeof target === "string" ? Array.from(target) : typeof target === "object" ? target : [];
  const found = Number.isInteger(index) ? elements[index] : undefined;
  if (found === undefined)
    throw fault(at, `There is no element ${index}; there are ${elements.length}, counted from 0.`);
  return found;
}

function fault(at: Node, message: string): EvaluationError {
  return new EvaluationError(message, at.start, at.end);
}

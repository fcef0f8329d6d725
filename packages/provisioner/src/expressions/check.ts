import type { Node } from "./ast.ts";
import type { NameTypes } from "./names.ts";
import { binaryOperations, functions, unaryOperations, type Operation } from "./operations.ts";
import type { ExpressionProblem } from "./problem.ts";
import { didYouMean } from "./suggest.ts";
import type { TemplateText } from "./template-text.ts";
import { commonType, elementOf, isList, listOf, typeWords, type ValueType } from "./value.ts";

/** Everything that cannot work in a text, whatever the values: unknown names, wrong types. In order of the text. */
export function checkText(text: TemplateText, names: NameTypes): ExpressionProblem[] {
  const problems: ExpressionProblem[] = [];
  for (const part of text.parts) if (part.kind !== "text") checkExpression(part.node, names, problems);
  return problems;
}

/** The expression's type; adds to `problems`. `undefined` after a problem, so that one mistake is told once. */
export function checkExpression(node: Node, names: NameTypes, problems: ExpressionProblem[]): ValueType | undefined {
  return visit(node);

  function visit(at: Node): ValueType | undefined {
    switch (at.kind) {
      case "literal":
        return typeof at.value === "string" ? "string" : typeof at.value === "number" ? "number" : "bool";
      case "name": {
        const found = names(at.path);
        return "type" in found ? found.type : report(at, found.problem);
      }
      case "list":
        return visitList(at, at.elements);
      case "unary":
        return apply(at, at.operator, unaryOperations[at.operator], [at.operand]);
      case "binary":
        return apply(at, at.operator, binaryOperations[at.operator], [at.left, at.right]);
      case "call": {
        const called = functions.get(at.name);
        if (called) return apply(at, `${at.name}()`, called, at.arguments);
        at.arguments.forEach(visit);
        return report(
          at,
          `There is no function "${at.name}".${didYouMean(at.name, functions.keys()) || ` There are ${[...functions.keys()].join(", ")}.`}`,
        );
      }
      case "index":
        return visitIndex(at, visit(at.target), visit(at.index));
      case "conditional": {
        const condition = visit(at.condition);
        const [whenTrue, whenFalse] = [visit(at.whenTrue), visit(at.whenFalse)];
        if (condition !== undefined && condition !== "bool") {
          return report(at.condition, `What stands before ? must be true or false; this is ${typeWords(condition)}.`);
        }
        if (whenTrue === undefined || whenFalse === undefined) return undefined;
        return (
          commonType(whenTrue, whenFalse) ??
          report(
            at,
            `Both sides of : must have one type; these are ${typeWords(whenTrue)} and ${typeWords(whenFalse)}.`,
          )
        );
      }
    }
  }

  function apply(at: Node, name: string, operation: Operation, operands: readonly Node[]): ValueType | undefined {
    const types: ValueType[] = [];
    for (const operand of operands) {
      const type = visit(operand);
      if (type !== undefined) types.push(type);
    }
    if (types.length < operands.length) return undefined;
    return operation.type(types) ?? report(at, mismatch(name, operation, types));
  }

  function visitList(at: Node, elements: readonly Node[]): ValueType | undefined {
    let common: ValueType | undefined = "list()";
    for (const element of elements) {
      const type = visit(element);
      if (type === undefined || common === undefined) {
        common = undefined;
        continue;
      }
      if (isList(type)) return report(element, "A list may not hold lists.");
      common = commonType(common, listOf(type)) ?? report(at, "The elements of a list must have one type.");
    }
    return common;
  }

  function visitIndex(at: Node, target: ValueType | undefined, index: ValueType | undefined): ValueType | undefined {
    if (target === undefined || index === undefined) return undefined;
    const element = target === "string" ? "string" : elementOf(target);
    if (element === undefined) return report(at, `Only lists and texts can be indexed; this is ${typeWords(target)}.`);
    if (index !== "number") return report(at, `An index must be a number; this is ${typeWords(index)}.`);
    return element;
  }

  function report(at: Node, message: string): undefined {
    problems.push({ message, start: at.start, end: at.end });
    return undefined;
  }
}

/** What to say when an operation does not take these types. */
export function mismatch(name: string, operation: Operation, types: readonly ValueType[]): string {
  const given = types.length === 0 ? "nothing" : types.map(typeWords).join(" and ");
  const convert = types.includes("string") && types.includes("number") ? " Convert with string(…) or number(…)." : "";
  return `${name} takes ${operation.takes}, not ${given}.${convert}`;
}

import { references as referencesOf, type NameNode, type Node } from "./ast.ts";
import { parseExpression } from "./parser.ts";
import { SyntaxProblem, type ExpressionProblem } from "./problem.ts";

export type TextPart =
  | { readonly kind: "text"; readonly text: string }
  /** `${name}` gives text, whatever the name's type; `${{ … }}` alone in its text keeps its value's type. */
  | { readonly kind: "name" | "expression"; readonly node: Node };

/** A text with what is to be filled in. */
export interface TemplateText {
  readonly source: string;
  readonly parts: readonly TextPart[];
}

const plainName = /[ \t]*([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)[ \t]*\}/y;

/**
 * Finds `${name}` and `${{ expression }}` in a text; `$${` and `$${{` stand for the characters.
 *
 * Never throws: what cannot be read is a problem, and reading goes on behind it.
 */
export function parseTemplateText(source: string): { text: TemplateText; problems: ExpressionProblem[] } {
  const parts: TextPart[] = [];
  const problems: ExpressionProblem[] = [];
  let plain = "";
  let at = 0;
  for (;;) {
    const dollar = source.indexOf("$", at);
    if (dollar < 0) break;
    plain += source.slice(at, dollar);
    if (source.startsWith("$${", dollar)) {
      plain += "${";
      at = dollar + 3;
    } else if (source.startsWith("${", dollar)) {
      if (plain !== "") parts.push({ kind: "text", text: plain });
      plain = "";
      const isExpression = source.startsWith("${{", dollar);
      try {
        const { part, end } = isExpression ? readExpression(dollar) : readName(dollar);
        parts.push(part);
        at = end;
      } catch (error) {
        if (!(error instanceof SyntaxProblem)) throw error;
        problems.push(error.problem);
        at = behind(isExpression ? "}}" : "}", dollar + 2);
      }
    } else {
      plain += "$";
      at = dollar + 1;
    }
  }
  plain += source.slice(at);
  if (plain !== "") parts.push({ kind: "text", text: plain });
  return { text: { source, parts }, problems };

  function readExpression(dollar: number): { part: TextPart; end: number } {
    const { node, end } = parseExpression(source, dollar + 3);
    return { part: { kind: "expression", node }, end };
  }

  function readName(dollar: number): { part: TextPart; end: number } {
    plainName.lastIndex = dollar + 2;
    const match = plainName.exec(source);
    const name = match?.[1];
    if (!match || name === undefined) throw noName(dollar);
    const start = dollar + 2 + match[0].indexOf(name);
    const node: NameNode = { kind: "name", path: name.split("."), start, end: start + name.length, depth: 1 };
    return { part: { kind: "name", node }, end: plainName.lastIndex };
  }

  function noName(dollar: number): SyntaxProblem {
    const lineEnd = source.indexOf("\n", dollar);
    const closed = source.indexOf("}", dollar);
    if (closed < 0 || (lineEnd >= 0 && closed > lineEnd)) {
      return new SyntaxProblem(
        "This `${` is never closed; end it with `}`, or write `$${` for the characters.",
        dollar,
        dollar + 2,
      );
    }
    const inside = source.slice(dollar + 2, closed);
    return new SyntaxProblem(
      `\`\${${shorten(inside)}}\` holds no plain name such as owner.name. Write \`\${{ … }}\` for an expression, or \`$\${\` for the characters (a shell's own variables).`,
      dollar,
      closed + 1,
    );
  }

  function behind(closing: string, from: number): number {
    const found = source.indexOf(closing, from);
    return found < 0 ? source.length : found + closing.length;
  }
}

/** The text itself when nothing is to be filled in, else `undefined`. */
export function constantText(text: TemplateText): string | undefined {
  const [first, ...others] = text.parts;
  if (!first) return "";
  return first.kind === "text" && others.length === 0 ? first.text : undefined;
}

/** Every name that the text mentions, in order. */
export function textReferences(text: TemplateText): NameNode[] {
  return text.parts.flatMap((part) => (part.kind === "text" ? [] : referencesOf(part.node)));
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

import { placeOf } from "./packages.ts";
import type { Node, Rule } from "./rule.ts";

const message =
  "SQL as text is a statement (defineStatement), which the database checks, or a part of one: a constant or function of the type Fragment. In the builder use its own words (eb.fn, eb.val).";

/** What this rule looks at of a node. */
interface Syntax {
  readonly type: string;
  readonly parent?: Syntax | null;
  readonly callee?: { readonly type: string; readonly name?: string };
  readonly id?: { readonly typeAnnotation?: unknown } | null;
  readonly returnType?: unknown;
}

/** Text of SQL stands in statements that are on the list of the tests, or in parts of them that claim no type. */
export const definedSql: Rule = {
  meta: { type: "problem" },
  create(context) {
    const place = placeOf(context.filename);
    if (place?.package !== "server" || place.isTest) return {};
    // A type as it is written, without the space between its words.
    const textOf = (type: unknown): string => context.sourceCode.getText(type as Node).replace(/\s/g, "");
    const isFragment = (type: unknown): boolean =>
      type !== undefined && type !== null && /^:(?:readonly)?Fragment(?:\[\])?$/.test(textOf(type));
    return {
      TaggedTemplateExpression(node) {
        if (node.tag.type !== "Identifier" || node.tag.name !== "sql") return;
        for (let at = node as Syntax | null | undefined; at; at = at.parent) {
          if (
            at.type === "CallExpression" &&
            at.callee?.type === "Identifier" &&
            at.callee.name === "defineStatement"
          ) {
            return;
          }
          const isPart =
            isFragment(at.returnType) || (at.type === "VariableDeclarator" && isFragment(at.id?.typeAnnotation));
          if (isPart && !node.typeArguments) return;
        }
        context.report({ node, message });
      },
    };
  },
};

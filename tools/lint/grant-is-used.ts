import { placeOf } from "./packages.ts";
import type { Rule } from "./rule.ts";

/**
 * What `authorize…` gives is what the functions after it take. A call whose grant goes nowhere is a check that nothing
 * depends on: whoever only asks uses `can`. And no grant is made of something else by a cast.
 */
export const grantIsUsed: Rule = {
  meta: { type: "problem" },
  create(context) {
    const place = placeOf(context.filename);
    if (place?.package !== "server") return {};
    const isAccess = place.path.startsWith("src/access/");
    return {
      ExpressionStatement(node) {
        const { expression } = node;
        const inner =
          expression.type === "UnaryExpression" || expression.type === "AwaitExpression"
            ? expression.argument
            : expression;
        if (inner.type !== "CallExpression" || inner.callee.type !== "Identifier") return;
        if (!inner.callee.name.startsWith("authorize")) return;
        const message = `What ${inner.callee.name} gives is thrown away: hand it to what it allows, or ask with can().`;
        context.report({ node, message });
      },
      TSAsExpression(node) {
        if (isAccess || !/\bGrant(?:ed\w*)?\b/.test(context.sourceCode.getText(node.typeAnnotation))) return;
        context.report({ node, message: "A grant is given by authorize() of access/ and by nothing else." });
      },
    };
  },
};

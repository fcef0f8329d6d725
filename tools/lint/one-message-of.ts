import type { Rule } from "./rule.ts";

/** What an error says is asked in one way: `error instanceof Error ? error.message : String(error)` is `messageOf`. */
export const oneMessageOf: Rule = {
  meta: { type: "problem" },
  create(context) {
    return {
      ConditionalExpression(node) {
        const { test, consequent, alternate } = node;
        const isOfError =
          test.type === "BinaryExpression" &&
          test.operator === "instanceof" &&
          test.right.type === "Identifier" &&
          test.right.name === "Error";
        const isMessage =
          consequent.type === "MemberExpression" &&
          consequent.property.type === "Identifier" &&
          consequent.property.name === "message";
        const isText =
          alternate.type === "CallExpression" &&
          alternate.callee.type === "Identifier" &&
          alternate.callee.name === "String";
        if (isOfError && isMessage && isText) context.report({ node, message: "This is messageOf of @hearth/base." });
      },
    };
  },
};

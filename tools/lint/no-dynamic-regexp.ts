import type { Rule } from "./rule.ts";

const message =
  "A pattern made at run time may be a user's, and one of 29 characters can stop the process. Use Patterns of " +
  "@hearth/sdk/parameter-value (RE2), a literal, or includes and indexOf.";

/** `RegExp` is given literal text only: what users write goes through RE2, in one place. */
export const noDynamicRegexp: Rule = {
  meta: { type: "problem" },
  create(context) {
    const check = (
      callee: Callee,
      args: readonly { type: string; value?: unknown; expressions?: unknown[] }[],
    ): void => {
      if (!isRegExp(callee) || args.slice(0, 1).every(isLiteral)) return;
      context.report({ node: callee, message });
    };
    return {
      NewExpression: ({ callee, arguments: args }) => check(callee, args),
      CallExpression: ({ callee, arguments: args }) => {
        check(callee, args);
        if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return;
        // String.prototype's: what is no RegExp is made one.
        const takesText = ["match", "matchAll"].includes(callee.property.name);
        const [pattern] = args;
        if (takesText && pattern !== undefined && ["TemplateLiteral", "BinaryExpression"].includes(pattern.type)) {
          context.report({ node: pattern, message });
        }
      },
    };
  },
};

type Callee = Parameters<
  NonNullable<ReturnType<Extract<Rule, { create: unknown }>["create"]>["NewExpression"]>
>[0]["callee"];

/** `RegExp`, `globalThis.RegExp`. */
function isRegExp(callee: Callee): boolean {
  if (callee.type === "Identifier") return callee.name === "RegExp";
  return (
    callee.type === "MemberExpression" &&
    callee.property.type === "Identifier" &&
    callee.property.name === "RegExp" &&
    callee.object.type === "Identifier" &&
    ["globalThis", "window", "self"].includes(callee.object.name)
  );
}

function isLiteral(node: { type: string; expressions?: unknown[] }): boolean {
  return node.type === "Literal" || (node.type === "TemplateLiteral" && node.expressions?.length === 0);
}

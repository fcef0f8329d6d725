import type { Rule } from "./rule.ts";

/**
 * Sockets, requests, servers and children may fail twice: the second `error` finds no listener of `once`, and ends the
 * process. A listener of `error` stays; what may be done once alone it sees to itself (a promise settles once anyway).
 */
export const lastingErrorListener: Rule = {
  meta: { type: "problem" },
  create(context) {
    return {
      CallExpression(node) {
        const { callee, arguments: given } = node;
        if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return;
        const [event] = given;
        if (!["once", "prependOnceListener"].includes(callee.property.name)) return;
        if (event?.type !== "Literal" || event.value !== "error" || given.length < 2) return;
        context.report({ node, message: `What fails may fail again, and then nobody listens: on("error", …).` });
      },
    };
  },
};

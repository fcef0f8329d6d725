import type { Rule } from "./rule.ts";

/**
 * What waits for a signal lets go of it when it waits no more. `AbortSignal.any` cannot: use `Scope`. A listener that the
 * same file does not remove by name, and that has no `signal` of its own, stays as long as its signal: use `onAbort`.
 */
export const scopedAbort: Rule = {
  meta: { type: "problem" },
  create(context) {
    const added: { listener: string; report: () => void }[] = [];
    const removed = new Set<string>();
    return {
      CallExpression(node) {
        const { callee } = node;
        if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return;
        const { object, property } = callee;
        if (object.type === "Identifier" && object.name === "AbortSignal" && property.name === "any") {
          context.report({
            node,
            message: "A signal of AbortSignal.any cannot be ended: use a Scope of @hearth/base.",
          });
        }
        const [name, listener, options] = node.arguments;
        if (name?.type !== "Literal" || name.value !== "abort" || !listener) return;
        const text = context.sourceCode.getText(listener);
        if (property.name === "removeEventListener") removed.add(text);
        if (property.name !== "addEventListener") return;
        const isBound =
          options?.type === "ObjectExpression" &&
          options.properties.some(
            (item) => item.type === "Property" && item.key.type === "Identifier" && item.key.name === "signal",
          );
        const message = "This listener stays as long as its signal: use onAbort of @hearth/base, and dispose it.";
        if (!isBound) added.push({ listener: text, report: () => context.report({ node, message }) });
      },
      "Program:exit"() {
        for (const { listener, report } of added) if (!removed.has(listener)) report();
      },
    };
  },
};

import { visitImports, type Rule } from "./rule.ts";

const timers = new Set(["setTimeout", "setInterval", "setImmediate"]);

/** Time comes from a `Clock`, so that tests can turn it by hand: `clock.sleep`, `clock.timeout`, `runLoop`. */
export const noRawTimers: Rule = {
  meta: { type: "problem" },
  create(context) {
    const say = (what: string): string =>
      `${what} cannot be moved by a fake clock; take a Clock and use its sleep or timeout.`;
    return {
      ...visitImports((specifier, node) => {
        if (/^(node:)?timers(\/promises)?$/.test(specifier)) context.report({ node, message: say(specifier) });
      }),
      CallExpression({ callee }) {
        if (callee.type === "Identifier" && timers.has(callee.name)) {
          context.report({ node: callee, message: say(callee.name) });
        }
        if (callee.type !== "MemberExpression" || callee.object.type !== "Identifier") return;
        if (callee.property.type !== "Identifier") return;
        const { object, property } = callee;
        const isTimer = ["globalThis", "window", "self"].includes(object.name) && timers.has(property.name);
        if (isTimer || (object.name === "AbortSignal" && property.name === "timeout")) {
          context.report({ node: callee, message: say(`${object.name}.${property.name}`) });
        }
      },
    };
  },
};

import type { Rule } from "./rule.ts";

const levels = new Set(["debug", "info", "warn", "error"]);

/** What a logger is called: `log`, `logger`, or a field of that name. */
const loggers = new Set(["log", "logger"]);

/** A log line has static text and its data in fields, so that lines can be counted: `log.warn({ buildId }, "lost a race")`. */
export const staticLogMessage: Rule = {
  meta: { type: "problem" },
  create(context) {
    return {
      CallExpression({ callee, arguments: args }) {
        if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return;
        if (!levels.has(callee.property.name) || !loggers.has(nameOf(callee.object) ?? "")) return;
        const [fields, message] = args;
        if (message === undefined) {
          const node = fields ?? callee;
          context.report({ node, message: "A log line has fields, even if none ({}), and then its static text." });
        } else if (message.type !== "Literal") {
          context.report({ node: message, message: "The text of a log line is static; put data into its fields." });
        }
      },
    };
  },
};

/** `log` of `log`, `this.#log`, `context.log`. */
function nameOf(node: { type: string }): string | undefined {
  if ("name" in node && typeof node.name === "string") return node.name;
  if ("property" in node && typeof node.property === "object" && node.property !== null) {
    return nameOf(node.property as { type: string }); // every node has a type
  }
  return undefined;
}

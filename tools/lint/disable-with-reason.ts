import type { Rule } from "./rule.ts";

/** A rule switched off in place says which, and why after `--`: `// oxlint-disable-next-line no-console -- the CLI's output`. */
export const disableWithReason: Rule = {
  meta: { type: "problem" },
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          const match = /^\s*(?:oxlint|eslint)-disable(?:-next-line|-line)?(.*)$/s.exec(comment.value);
          if (match && !/\S.*\s--\s+\S/s.test(match[1] ?? "")) {
            context.report({ loc: comment.loc, message: "Say which rule is switched off, and why, after `--`." });
          }
          if (/^\s*@ts-(?:ignore|nocheck)/.test(comment.value)) {
            context.report({
              loc: comment.loc,
              message: "Use @ts-expect-error with a reason: it goes when it is not needed.",
            });
          }
        }
      },
    };
  },
};

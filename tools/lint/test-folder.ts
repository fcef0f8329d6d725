import { placeOf } from "./packages.ts";
import type { Rule } from "./rule.ts";

/** A test's own folder is a `TestFolder`, whose end waits for the processes that live in it. */
export const testFolder: Rule = {
  meta: { type: "problem" },
  create(context) {
    const isTest = placeOf(context.filename)?.isTest === true || /\.test\.tsx?$/.test(context.filename);
    if (!isTest) return {};
    return {
      CallExpression({ callee, arguments: args }) {
        if (callee.type !== "Identifier" || !["mkdtemp", "mkdtempSync"].includes(callee.name)) return;
        const [parent] = args;
        if (parent === undefined || !context.sourceCode.getText(parent).includes("tmpdir()")) return;
        const message =
          "A process that still writes while its folder is removed fails a test now and then: use TestFolder of @hearth/base/test-folder, which waits for it.";
        context.report({ node: callee, message });
      },
    };
  },
};

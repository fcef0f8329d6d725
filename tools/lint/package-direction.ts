import { visitImports, type Rule } from "./rule.ts";
import { mayImport, placeOf } from "./packages.ts";

/** `@hearth/x` is imported only by what stands below it, and the testkit only by tests. */
export const packageDirection: Rule = {
  meta: { type: "problem" },
  create(context) {
    const place = placeOf(context.filename);
    const allowed = place && mayImport[place.package];
    if (!place || !allowed) return {};
    return visitImports((specifier, node) => {
      const imported = /^@hearth\/([^/]+)/.exec(specifier)?.[1];
      if (imported === undefined || allowed.includes(imported)) return;
      if (imported === "testkit" && place.isTest) return;
      const message =
        imported === "testkit"
          ? "Only tests may import the testkit."
          : `The package ${place.package} may import of ours only: ${allowed.join(", ") || "nothing"}; ${imported} stands below it.`;
      context.report({ node, message });
    });
  },
};

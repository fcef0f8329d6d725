import { isBuiltin } from "node:module";
import { placeOf } from "./packages.ts";
import { visitImports, type Rule } from "./rule.ts";

/** Doors that browsers may use: what stands behind each knows no Node, which a test walks through. */
const doors = new Set(["@hearth/base", "@hearth/sdk", "@hearth/sdk/parameter-value"]);

/** What is sent to browsers reaches no module of Node, neither itself nor through a package of ours. */
export const noNodeInBrowsers: Rule = {
  meta: { type: "problem" },
  create(context) {
    const place = placeOf(context.filename);
    // What builds them is none of it.
    const isSource = place?.path.startsWith("src/") === true && !place.isTest;
    const isSent = isSource && place.package === "web";
    const isBehind = isSource && ["base", "sdk"].includes(place.package);
    if (!isSent && !isBehind) return {};
    return visitImports((specifier, node) => {
      if (isBuiltin(specifier)) {
        context.report({ node, message: `${specifier} is of Node, and this runs in browsers.` });
      } else if (isSent && specifier.startsWith("@hearth/") && !doors.has(specifier)) {
        context.report({ node, message: `${specifier} may need Node; browsers use ${[...doors].join(", ")}.` });
      }
    });
  },
};

import { resolveInside } from "./may-use.ts";
import { placeOf } from "./packages.ts";
import { visitImports, type Rule } from "./rule.ts";
import { serverFolderOf } from "./server-folders.ts";

/** Folders inside a capability that have a door of their own. */
const innerDoors = [
  "access/testing/index.ts",
  "ground/database/embedded/index.ts",
  // For tests that need no world.
  "testing/declare.ts",
];

/** A capability of the server (a folder of `packages/server/src`) is entered by its `index.ts` only. */
export const capabilityDoor: Rule = {
  meta: { type: "problem" },
  create(context) {
    const place = placeOf(context.filename);
    if (place?.package !== "server") return {};
    const from = /^src\/(.+)$/.exec(place.path)?.[1];
    if (from === undefined) return {};
    return visitImports((specifier, node) => {
      const to = resolveInside(from, specifier);
      if (to === undefined || to.startsWith("..")) return;
      const capability = serverFolderOf(to);
      if (capability === undefined || capability === serverFolderOf(from)) return;
      if (to === `${capability}/index.ts` || innerDoors.includes(to)) return;
      context.report({
        node,
        message: `Use ${capability} by its door, ${capability}/index.ts; export there what you need.`,
      });
    });
  },
};

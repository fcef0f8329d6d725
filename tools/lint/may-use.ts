import { posix } from "node:path";
import { placeOf } from "./packages.ts";
import { visitImports, type Rule } from "./rule.ts";
import { mayUse, serverFolderOf } from "./server-folders.ts";

/** A folder of the server uses only those that its list names, so that there are floors and no circles. */
export const mayUseFolders: Rule = {
  meta: { type: "problem" },
  create(context) {
    const place = placeOf(context.filename);
    if (place?.package !== "server" || place.isTest) return {};
    const from = /^src\/(.+)$/.exec(place.path)?.[1];
    const folder = from === undefined ? undefined : serverFolderOf(from);
    if (from === undefined || folder === undefined) return {};
    return visitImports((specifier, node) => {
      const to = resolveInside(from, specifier);
      const used = to === undefined ? undefined : serverFolderOf(to);
      if (to === undefined || to.startsWith("..") || used === folder) return;
      if (used !== undefined && mayUse[folder]?.includes(used) === true) return;
      const allowed = mayUse[folder]?.join(", ") ?? "nothing";
      const what = used ?? "the files that put the house together";
      const message = `${folder} may not use ${what}, types included, but: ${allowed} (tools/lint/server-folders.ts).`;
      context.report({ node, message });
    });
  },
};

/** The imported file from `packages/server/src`; `undefined` for a module of another package. */
export function resolveInside(from: string, specifier: string): string | undefined {
  if (specifier.startsWith("#")) return specifier.slice(1);
  return specifier.startsWith(".") ? posix.join(posix.dirname(from), specifier) : undefined;
}

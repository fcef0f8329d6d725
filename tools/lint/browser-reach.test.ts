import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { root } from "../launch/paths.mjs";

const imported = /(?:^|\s)(?:import|export)\s(?!type\s)(?:[^"';]*?\sfrom\s+)?"([^"]+)"|\bimport\("([^"]+)"\)/g;

/** Where the imports of `text`, which stands at `file`, lead: every file of ours behind it, and what is of Node. */
function reachOf(text: string, file: string): { files: Set<string>; ofNode: string[] } {
  const files = new Set<string>();
  const ofNode: string[] = [];
  const visit = (source: string, at: string): void => {
    for (const match of source.matchAll(imported)) {
      const specifier = match[1] ?? match[2] ?? "";
      if (isBuiltin(specifier)) ofNode.push(`${specifier} by ${at.slice(root.length + 1)}`);
      const to = fileOf(specifier, at);
      if (to === undefined || files.has(to)) continue;
      files.add(to);
      visit(readFileSync(to, "utf8"), to);
    }
  };
  visit(text, file);
  return { files, ofNode };
}

/** Our own source behind a specifier. */
function fileOf(specifier: string, at: string): string | undefined {
  if (specifier.startsWith("@hearth/")) return fileURLToPath(import.meta.resolve(specifier));
  if (specifier.startsWith("#")) return join(/^.*\/packages\/\w+/.exec(at)?.[0] ?? "", "src", specifier.slice(1));
  return specifier.startsWith(".") && /\.tsx?$/.test(specifier) ? join(dirname(at), specifier) : undefined;
}

const entry = join(root, "packages/web/src/main.tsx");

test("the dashboard reaches no module of Node, through no package of ours", () => {
  const { files, ofNode } = reachOf(readFileSync(entry, "utf8"), entry);

  expect(ofNode).toEqual([]);
  // It was walked, and not only looked at.
  expect(files.size).toBeGreaterThan(100);
  expect([...files]).toContain(join(root, "packages/sdk/src/index.ts"));
});

test.for(["@hearth/base/test-folder", "@hearth/server", "@hearth/agent/main", "#testing/cuttable-proxy.ts"])(
  "%s would be found to need Node",
  (specifier) => {
    expect(reachOf(`import { x } from "${specifier}";`, entry).ofNode).not.toEqual([]);
  },
);

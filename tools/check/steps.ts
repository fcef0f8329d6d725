import { existsSync, globSync } from "node:fs";
import { dirname, join } from "node:path";

/** A check that is one program: it passes when that ends with 0. */
export interface Step {
  readonly name: string;
  readonly command: readonly string[];
}

/** Every check of the code at rest: types, lint, format, dead code. */
export function listSteps(root: string): Step[] {
  const node = process.execPath;
  const bin = (path: string): string => join(root, "node_modules", path);
  // What tsc found the last time, by the content of each file and its own version and options: it looks again at what is
  // no longer so. Beside what is installed, so that it goes with that, and git has none of it.
  const knownOf = (project: string): string =>
    join(root, "node_modules/.cache/types", `${project.replaceAll("/", "-")}.tsbuildinfo`);
  return [
    ...listProjects(root).map((project) => ({
      name: `types of ${project}`,
      command: [node, bin("typescript/bin/tsc"), "-p", project, "--incremental", "--tsBuildInfoFile", knownOf(project)],
    })),
    { name: "lint", command: [node, bin("oxlint/bin/oxlint"), "--type-aware", "--deny-warnings"] },
    { name: "format", command: [node, bin("oxfmt/bin/oxfmt"), "--check"] },
    { name: "dead code", command: [node, bin("knip/bin/knip.js"), "--no-progress"] },
  ];
}

/** The TypeScript projects: each package's own, and the one of the root, which has the tests that packages leave out. */
function listProjects(root: string): string[] {
  const all = ["tsconfig.json", ...globSync("packages/*/tsconfig*.json", { cwd: root }).toSorted()];
  // A package that has not begun has nothing to check, which tsc would call an error.
  return all.filter((project) => {
    const source = join(root, dirname(project), "src");
    return project === "tsconfig.json" || (existsSync(source) && globSync("**/*.ts", { cwd: source }).length > 0);
  });
}

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../launch/paths.mjs";

/** Every file that git has or is about to. */
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file !== "" && existsSync(join(root, file)));

/** As documents write them: `packages` and `src` are left out or not. */
const known = files.map((file) => `/${withoutSource(file)}`);

function withoutSource(path: string): string {
  return path.replace(/^packages\//, "").replace(/(^|\/)src\//, "$1");
}

function isThere(name: string): boolean {
  const part = `/${withoutSource(name)}`;
  return name.endsWith("/") ? known.some((file) => file.includes(part)) : known.some((file) => file.endsWith(part));
}

/** What a text names as our file or folder: `a/b.ts`, `b.ts`, `a/b/`; not patterns, nor what a user has elsewhere. */
function namesIn(text: string): string[] {
  const quoted = [...text.matchAll(/`([^`\n]+)`/g)].map(([, name = ""]) => name);
  return [...new Set(quoted)].filter(
    (name) => /^[\w./-]+(\.(ts|tsx|mjs|sql|json|jsonc)|\/)$/.test(name) && !/^[./~]|NNNN/.test(name),
  );
}

describe.for(["docs/architecture.md", "CONTRIBUTING.md"])("%s", (document) => {
  test("names no file or folder that is not there", () => {
    const names = namesIn(readFileSync(join(root, document), "utf8"));

    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !isThere(name))).toEqual([]);
  });
});

test("the map of the server has its folders, and no others", () => {
  const map = readFileSync(join(root, "docs/architecture.md"), "utf8").split("```")[1] ?? "";
  const drawn = [...map.matchAll(/^( *)([a-z-]+)\//gm)].map(([, indent = "", name = ""]) =>
    indent === "" ? name : `ground/${name}`,
  );
  const inSource = files.flatMap((file) => {
    const [, first = "", second = ""] = /^packages\/server\/src\/([^/]+)\/(?:([^/]+)\/)?/.exec(file) ?? [];
    return first === "" ? [] : first === "ground" && second !== "" ? ["ground", `ground/${second}`] : [first];
  });

  expect(drawn.toSorted()).toEqual([...new Set(inSource)].toSorted());
});

test("a name that is not there is found out", () => {
  const said =
    "As `jobs/queue.ts` and `packages/server/src/jobs/` say, unlike `jobs/kue.ts` and `server/jbos/`; `*.ts`, `/tmp/a.ts`.";

  expect(namesIn(said).filter((name) => !isThere(name))).toEqual(["jobs/kue.ts", "server/jbos/"]);
});

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { mayRead } from "../../packages/server/src/ground/database/owners.ts";
import { channels } from "../../packages/server/src/ground/pubsub/channels.ts";
import { root } from "../launch/paths.mjs";
import { mayImport } from "./packages.ts";

interface Manifest {
  name: string;
  license?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

function readManifest(directory: string): Manifest {
  // Our own files; the tests below look at every field they use.
  return JSON.parse(readFileSync(join(root, directory, "package.json"), "utf8")) as Manifest;
}

const packages = readdirSync(join(root, "packages"));

/** What is committed or about to be: everything git does not ignore. */
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file !== "");

function read(file: string): string {
  try {
    return readFileSync(join(root, file), "utf8");
  } catch {
    return ""; // deleted, and not yet committed so
  }
}

test("the table of who may import whom has every package", () => {
  expect(Object.keys(mayImport).toSorted()).toEqual(packages.toSorted());
});

describe.for(packages)("package %s", (name) => {
  const manifest = readManifest(`packages/${name}`);

  test("depends of ours only on what stands above it; on the testkit only for tests", () => {
    const ours = (names: Record<string, string> | undefined): string[] =>
      Object.keys(names ?? {})
        .filter((each) => each.startsWith("@hearth/"))
        .map((each) => each.slice("@hearth/".length));
    const allowed = mayImport[name] ?? [];

    expect(ours(manifest.dependencies).filter((each) => !allowed.includes(each))).toEqual([]);
    expect(ours(manifest.devDependencies).filter((each) => each !== "testkit" && !allowed.includes(each))).toEqual([]);
  });

  test("names exact versions, so that the same code runs everywhere", () => {
    const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
    const loose = Object.entries(all).filter(([each, version]) => !each.startsWith("@hearth/") && !/^\d/.test(version));

    expect(loose).toEqual([]);
  });

  test("has its name and the project's licence", () => {
    expect(manifest).toMatchObject({ name: `@hearth/${name}`, license: "Apache-2.0" });
  });
});

test("the lock file names no registry, so that it works with everyone's", () => {
  expect(read("package-lock.json")).not.toMatch(/"resolved": "https?:/);
});

test("nothing names the directories that the project was written beside", () => {
  // Put together here, so that this file does not name them either.
  const names = [
    ["/work", "shared"],
    ["..", "shared/"],
    ["/work", ".library"],
  ].map((parts) => parts.join("/"));
  const guilty = files.filter((file) => names.some((name) => read(file).includes(name)));

  expect(guilty).toEqual([]);
});

test("scripts that are run by name may be run", () => {
  const runnable = execFileSync("git", ["ls-files", "--stage", "packages/cli/bin", ".ci"], {
    cwd: root,
    encoding: "utf8",
  });

  for (const line of runnable.trim().split("\n")) expect(line).toMatch(/^100755 /);
});

test("nobody asks whether something is Terraform: languages and engines say facts of themselves", () => {
  const own = /^packages\/provisioner\/src\/(?:manifest\/template-kind\.ts|terraform\/|engines\/terraform\/)/;
  const asking = files.filter(
    (file) =>
      /^packages\/[^/]+\/src\/.*\.tsx?$/.test(file) &&
      !/\.test\.tsx?$/.test(file) &&
      !own.test(file) &&
      /(?:[!=]==\s*|\bcase\s+|\bincludes\()["']terraform["']|["']terraform["']\s*[!=]==/.test(read(file)),
  );

  expect(asking).toEqual([]);
});

test.for(Object.entries(mayRead))(
  "%s reads every table of others that it may, and no folder keeps a right to more",
  ([folder, tables]) => {
    // Without what is imported, which has folders of the same names.
    const sources = files
      .filter((file) => file.startsWith(`packages/server/src/${folder}/`) && !/\.test\.ts$|\/testing\//.test(file))
      .map((file) => read(file).replace(/from "[^"]*"/g, ""));

    expect(tables.filter((table) => !sources.some((text) => new RegExp(`\\b${table}\\b`).test(text)))).toEqual([]);
  },
);

// A worker learns with its next heartbeat, which comes within seconds, that its job is to stop.
const unheard: readonly string[] = ["provisioner_job_canceled"];

test("what is published on a channel is heard, and what is heard is published: a poll would hide that it is not", () => {
  const sources = files
    .filter((file) => /^packages\/server\/src\/.*(?<!\.test)\.ts$/.test(file) && !file.includes("/testing/"))
    .map(read);
  const named = (verb: string): Set<string | undefined> =>
    new Set(
      sources.flatMap((text) =>
        [...text.matchAll(new RegExp(`\\b${verb}\\(\\s*"(\\w+)"`, "g"))].map(([, name]) => name),
      ),
    );
  const names = Object.keys(channels);
  const published = named("publish");
  // The keys of what `hearChannels` is given, too.
  const ofTopics = sources.flatMap((text) =>
    [...text.matchAll(/\bhearChannels\(([^{]*)\{(.*?)\n? *\}\)/gs)].flatMap(([, , keys = ""]) =>
      [...keys.matchAll(/(\w+): \(/g)].map(([, name]) => name),
    ),
  );
  const heard = new Set([...named("subscribe"), ...ofTopics]);

  expect(names.filter((name) => !published.has(name))).toEqual([]);
  expect(names.filter((name) => !heard.has(name))).toEqual(unheard);
});

// Makes dist/hearth.cjs, the command line in one file for any Node from 20 on, and dist/hearth.cjs.inputs, by which
// `hearth` of a checkout knows whether that is still what its sources say.
// Run with Node 24: `node build.ts`, or `npm run build` in this folder. An argument names another folder than dist/.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { EndpointShape } from "@hearth/sdk";
import { build, type BuildOptions, type OutputFile, type Plugin } from "esbuild";
import { listFiles } from "../../tools/launch/list-files.mjs";
import { bundleInputs, lookOf } from "../../tools/launch/bundle.mjs";
import { withoutNatives } from "../../tools/bundle/without-natives.ts";
import { readStarters } from "./src/commands/templates/starters.ts";

const root = join(import.meta.dirname, "../..");
const dist = resolve(process.argv[2] ?? join(import.meta.dirname, "dist"));

/**
 * What is known when the bundle is built, in place of what finds it out: routes as a client needs them, where and how to
 * ask, without the schemas of what is said (making those takes longer than a short command); the templates to begin with.
 */
const known: Plugin = {
  name: "known",
  setup(builder) {
    builder.onLoad({ filter: /\/sdk\/src\/endpoints\/[^/]+\.ts$/ }, async ({ path }) => {
      if (path.endsWith("/index.ts")) return undefined; // names the others
      return { contents: asModule(routesOf((await import(path)) as Record<string, EndpointShape>)) };
    });
    // The client checks no answers. A schema that something here uses after all must come by its own path.
    builder.onLoad({ filter: /\/sdk\/src\/schemas\/index\.ts$/ }, async ({ path }) => {
      const schemas = (await import(path)) as Record<string, unknown>;
      return {
        contents: asModule(Object.fromEntries(Object.entries(schemas).filter(([, it]) => typeof it === "string"))),
      };
    });
    builder.onLoad({ filter: /\/commands\/templates\/starters\.ts$/ }, async () => ({
      contents: `export const readStarters = () => Promise.resolve(${JSON.stringify(await readStarters())});`,
    }));
    // Threads are for what strangers send: the server's.
    builder.onLoad({ filter: /\/archive\/archive-threads\.ts$/ }, () => ({
      contents: "export const ArchiveThreads = undefined;",
    }));
    // Messages are English.
    builder.onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, ({ path }) => ({
      contents: 'export { default as en } from "./en.js";',
      resolveDir: join(path, ".."),
    }));
  },
};

/** Routes with what `Client` reads of them. */
function routesOf(area: Record<string, EndpointShape>): Record<string, object> {
  return mapValues(area, ({ method, path, operation, body, responses }) => ({
    method,
    path,
    operation,
    ...(body === "raw" && { body }),
    responses: mapValues(responses, (answer) => (answer === null || typeof answer === "string" ? answer : {})),
  }));
}

/** A module that exports these. */
function asModule(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`)
    .join("\n");
}

function mapValues<From, To>(values: Readonly<Record<string, From>>, to: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, to(value)]));
}

/** The server and the agent run on the Node that comes with a checkout: a file alone has neither. */
const withoutPrograms: Plugin = {
  name: "without-programs",
  setup(builder) {
    builder.onResolve({ filter: /^@hearth\/(server|agent\/main)$/ }, ({ path }) => ({ path, namespace: "programs" }));
    builder.onLoad({ filter: /.*/, namespace: "programs" }, () => ({
      contents: `
        import { Failure } from "#means/failure.ts";
        throw new Failure("This hearth is the command line alone: it has no server and no agent.", {
          hint: "Run npm start in a checkout of Hearth; it also installs and starts agents.",
        });
        export const runServer = undefined;`,
      resolveDir: join(import.meta.dirname, "src"),
    }));
  },
};

/** What our Node has and Node 20 lacks, evaluated only where something of it is missing. */
const polyfills = [
  "array/from-async",
  "async-disposable-stack",
  "disposable-stack",
  "iterator",
  "map/group-by",
  "object/group-by",
  "promise/try",
  "promise/with-resolvers",
  "set",
  "url/parse",
].map((name) => `require("core-js/actual/${name}");`);

const common = {
  absWorkingDir: root, // the same file and the same paths, wherever this is run
  bundle: true,
  write: false,
  platform: "node",
  target: "node20",
  minifyWhitespace: true,
  minifySyntax: true,
  // Names stay: an error's trace is worth more than the third of the size that they cost, packed less than a tenth.
  charset: "ascii", // read as latin1, in half the time and memory
  logOverride: { "empty-import-meta": "error" },
} satisfies BuildOptions;

// Before they are read: what is written to meanwhile has another look afterwards.
const looks = bundleInputs.flatMap(listFiles).map((file) => [file, lookOf(file)] as const);

const program = await build({
  ...common,
  stdin: {
    contents: `
      if (typeof DisposableStack === "undefined") { ${polyfills.join(" ")} }
      require("./src/bundle/program.ts").run();`,
    resolveDir: import.meta.dirname,
  },
  // Not a module: importing one of Node's as one makes it load all that it offers, which takes long.
  format: "cjs",
  supported: { "dynamic-import": false }, // everything is here
  define: { __dirname: '"/"', __filename: '"/hearth"' }, // asked for by what would look for files beside it, and finds none
  legalComments: "none", // whole licences instead
  metafile: true,
  plugins: [known, withoutPrograms, withoutNatives],
});
const unlisted = Object.keys(program.metafile.inputs).filter(
  (file) => /^(packages|tools)\//.test(file) && !looks.some(([listed]) => listed === file),
);
if (unlisted.length > 0) throw new Error(`tools/launch/bundle.mjs must list ${unlisted.join(", ")}.`);
const text = textOf(program);
const start = await build({
  ...common,
  entryPoints: [join(import.meta.dirname, "src/bundle/start.ts")],
  format: "iife",
  globalName: "bundle",
  define: { buildId: JSON.stringify(createHash("sha256").update(text).digest("hex").slice(0, 16)) },
});

mkdirSync(dist, { recursive: true });
const draft = join(dist, `.hearth-${process.pid}.cjs`);
writeFileSync(
  draft,
  `#!/usr/bin/env node
// Hearth's command line, for any Node from 20 on. Apache-2.0; the licences of what it is made of stand at the end.
${textOf(start)}bundle.start(
typeof require === "function" ? require : process.getBuiltinModule("node:module").createRequire(process.argv[1]),
function(){${inComment(text)}});
${inComment(licences(Object.keys(program.metafile.inputs)))}
`,
  { encoding: "latin1", mode: 0o755 },
);
renameSync(draft, join(dist, "hearth.cjs"));
writeFileSync(join(dist, "hearth.cjs.inputs"), JSON.stringify(Object.fromEntries(looks)));

function textOf({ outputFiles: [file] }: { outputFiles: readonly OutputFile[] }): string {
  if (file === undefined) throw new Error("esbuild gave no file.");
  return file.text;
}

/** As a comment, whose end the text may name in the way that `start` takes back. */
function inComment(content: string): string {
  return `/*${content.replaceAll("*/", "*\u0001/")}*/`;
}

/** What the packages of these files ask to be passed on. */
function licences(files: readonly string[]): string {
  const packages = files.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  const texts = [...new Set(packages)].toSorted().map((folder) => {
    const names = readdirSync(join(root, folder)).filter((name) => /^(licen[cs]e|notice)/i.test(name));
    return [
      folder.replace(/^.*node_modules\//, ""),
      ...names.map((name) => readFileSync(join(root, folder, name), "utf8")),
    ];
  });
  // One letter beyond ASCII would double what a Node holds of the file.
  return texts
    .flat()
    .join("\n\n")
    .replaceAll("\u00a9", "(c)")
    .normalize("NFKD")
    .replaceAll(/[^\x20-\x7e\n]/g, "");
}

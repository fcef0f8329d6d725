// Makes dist/, the package that programs install:
//   index.js       Hearth and what it gives; loads no schema
//   api.js         schemas, every route as a value, the client
//   commands.js    frames, connections and their commands
//   chunk-….js     what they share
//   types/         declarations of all of them
//   package.json, README.md, LICENSE
// Run with Node 24: `node build.ts`, or `npm run build` in this folder; then `npm pack ./packages/sdk/dist` makes the file to
// install. An argument names another folder than dist/. What each runtime lacks comes along, without touching its globals.
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import type { EndpointShape } from "./src/endpoint.ts";
import description from "./package.json" with { type: "json" };

const here = import.meta.dirname;
const root = join(here, "../..");
const dist = resolve(process.argv[2] ?? join(here, "dist"));

/** What the classes ask is routes without their schemas, whose making and library would be most of the package. */
const routesAlone: Plugin = {
  name: "routes-alone",
  setup(builder) {
    builder.onResolve({ filter: /\/endpoints\/[\w-]+\.ts$/ }, ({ path, resolveDir, importer }) => {
      const isOfApi = dirname(importer).endsWith("/endpoints") || importer === join(here, "src/index.ts");
      return isOfApi
        ? undefined
        : { path: relative(root, join(resolveDir, path)), namespace: "routes", sideEffects: false };
    });
    builder.onLoad({ filter: /.*/, namespace: "routes" }, async ({ path }) => {
      const routes = (await import(join(root, path))) as Readonly<Record<string, EndpointShape>>;
      const lines = Object.entries(routes).map(
        ([name, route]) => `export const ${name} = ${JSON.stringify(plain(route))};`,
      );
      return { contents: lines.join("\n") };
    });
  },
};

/** What `Client` reads of a route. */
function plain({ method, path, operation, body, responses }: EndpointShape): object {
  const answers = Object.entries(responses).map(([status, answer]) => [
    status,
    typeof answer === "object" && answer !== null ? {} : answer,
  ]);
  return {
    method,
    path,
    operation,
    ...(body === "raw" ? { body } : {}),
    responses: Object.fromEntries(answers) as object,
  };
}

/** What Node 20 or a browser lacks, in the place of the global; the same fallbacks as those of compilers for `using`. */
const missing = `
const withResolvers = () => {
  let resolve, reject;
  const promise = new Promise((yes, no) => { resolve = yes; reject = no; });
  return { promise, resolve, reject };
};
const dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");
const asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");
export { withResolvers as "Promise.withResolvers", dispose as "Symbol.dispose", asyncDispose as "Symbol.asyncDispose" };
`;

mkdirSync(dirname(dist), { recursive: true });
const draft = mkdtempSync(`${dist}-draft-`);
const injected = join(draft, "missing.js");
writeFileSync(injected, missing);
const { metafile } = await build({
  entryPoints: {
    index: join(here, "src/hearth/index.ts"),
    api: join(here, "src/index.ts"),
    commands: join(here, "src/commands/index.ts"),
  },
  outdir: draft,
  absWorkingDir: root,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "neutral",
  target: ["node20", "chrome111", "firefox115", "safari16.4"],
  external: ["zod"],
  inject: [injected],
  plugins: [routesAlone],
  metafile: true,
});
rmSync(injected);
makeTypes(join(draft, "types"));
writeFileSync(join(draft, "package.json"), `${JSON.stringify(packageJson(), undefined, 2)}\n`);
copyFileSync(join(root, "LICENSE"), join(draft, "LICENSE"));
copyFileSync(join(root, "docs/sdk.md"), join(draft, "README.md"));
checkReach();
rmSync(dist, { recursive: true, force: true });
renameSync(draft, dist);

function packageJson(): object {
  const entry = (name: string, types: string) => ({ types: `./types/sdk/src/${types}.d.ts`, default: `./${name}.js` });
  return {
    name: description.name,
    version: description.version,
    description: "Workspaces of a Hearth server for programs: claim one, run commands in it, move files, reach ports",
    // The scope is nobody's on the public registry: this file is installed, never published.
    private: true,
    license: description.license,
    type: "module",
    sideEffects: false,
    engines: { node: ">=20" },
    exports: {
      ".": entry("index", "hearth/index"),
      "./api": entry("api", "index"),
      "./commands": entry("commands", "commands/index"),
      "./package.json": "./package.json",
    },
    dependencies: { zod: description.dependencies.zod },
    peerDependencies: { ws: "^8.17.0" },
    peerDependenciesMeta: { ws: { optional: true } },
  };
}

/** The declarations of this package and of what it takes of `base`, which nobody can install, beside each other. */
function makeTypes(to: string): void {
  const emitted = join(draft, "emitted");
  const config = join(draft, "tsconfig.json");
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(here, "tsconfig.json"),
      compilerOptions: {
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        rootDir: join(root, "packages"),
        outDir: emitted,
      },
      include: [],
      files: [
        join(here, "src/hearth/index.ts"),
        join(here, "src/index.ts"),
        join(here, "src/commands/index.ts"),
        join(root, "packages/base/src/index.ts"),
      ],
    }),
  );
  const run = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", config], {
    encoding: "utf8",
  });
  rmSync(config);
  if (run.status !== 0) throw new Error(`The types could not be made:\n${run.stdout}${run.stderr}`);
  for (const name of ["sdk", "base"]) cpSync(join(emitted, name), join(to, name), { recursive: true });
  rmSync(emitted, { recursive: true });
  for (const file of readdirSync(to, { recursive: true, encoding: "utf8" })) {
    if (file.endsWith(".d.ts")) rewrite(join(to, file), to);
  }
}

/** Makes imports lead to what is in the package, and says which library the types need. */
function rewrite(file: string, types: string): void {
  const base = relative(dirname(file), join(types, "base/src/index.js"));
  const text = readFileSync(file, "utf8")
    .replaceAll(/(["'])(\.{1,2}\/[^"']+)\.ts\1/g, "$1$2.js$1")
    .replaceAll(/(["'])@hearth\/base\1/g, `$1${base}$1`);
  writeFileSync(file, basename(file) === "index.d.ts" ? `/// <reference lib="esnext.disposable" />\n${text}` : text);
}

/** Whoever takes the classes loads no schema, and nobody anything that is not in the package. */
function checkReach(): void {
  const outputs = new Map(Object.entries(metafile.outputs).map(([file, output]) => [basename(file), output]));
  const reached = new Set<string>();
  const visit = (name: string): void => {
    for (const { path, external } of outputs.get(name)?.imports ?? []) {
      if (external === true) throw new Error(`${name}, which index.js loads, imports ${path}.`);
      if (reached.has(path)) continue;
      reached.add(path);
      visit(basename(path));
    }
  };
  visit("index.js");
}

// Makes dist/, the agent as it runs in workspaces:
//   agent.mjs         what is started; loads the others
//   agent.cjs         everything in one file
//   agent.v8          the same, compiled by the Node that builds; any other Node does without
//   pty-….node        the native module that opens terminals
// Run with Node 24: `node build.ts`, or `npm run build` in this folder. An argument names another folder than dist/.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import { withoutNatives } from "../../tools/bundle/without-natives.ts";

const root = import.meta.dirname;
const dist = resolve(process.argv[2] ?? join(root, "dist"));

/** What these libraries ask Node for and an agent needs late or never. */
const lateBuiltins = ["assert", "dns", "https", "tls", "zlib"];

/** Loads those of Node's modules when they are first used: together they take as long as everything else at the start. */
const lateLoading: Plugin = {
  name: "late-loading",
  setup(builder) {
    // oxlint-disable-next-line hearth/no-dynamic-regexp -- made of the names above; esbuild takes nothing else
    builder.onResolve({ filter: new RegExp(`^(${lateBuiltins.join("|")})$`) }, ({ path }) => ({
      path,
      namespace: "late",
    }));
    builder.onLoad({ filter: /.*/, namespace: "late" }, ({ path }) => ({
      contents: `module.exports = new Proxy(function () {}, {
        get: (_, name) => require("node:${path}")[name],
        apply: (_, self, args) => require("node:${path}")(...args),
      });`,
      loader: "js",
    }));
  },
};

/** A cipher that the agent's SSH does not offer; ssh2 would set up a WebAssembly module for it all the same. */
const withoutPoly1305: Plugin = {
  name: "without-poly1305",
  setup(builder) {
    builder.onLoad({ filter: /ssh2\/lib\/protocol\/crypto\/poly1305\.js$/ }, () => ({
      contents:
        "module.exports = async () => ({ _malloc: () => 0, cwrap: () => () => { throw new Error('not offered'); } });",
      loader: "js",
    }));
  },
};

// Made aside and put in place file by file: agents may be starting from what is there.
mkdirSync(dist, { recursive: true });
const draft = mkdtempSync(join(dist, ".draft-"));
await build({
  entryPoints: [join(root, "src/loader/bundle.ts")],
  outfile: join(draft, "agent.cjs"),
  bundle: true,
  platform: "node",
  target: "node24",
  // Not a module: importing "node:http" as one makes Node load all that it offers, fetch among it, which takes longer
  // than everything the agent does before its first call.
  format: "cjs",
  minify: true,
  charset: "ascii", // read as latin1, in half the time and memory
  keepNames: true, // ssh2 looks at the names of its classes
  legalComments: "external",
  plugins: [withoutNatives, lateLoading, withoutPoly1305],
  banner: { js: 'const bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
  define: { "import.meta.url": "bundleUrl" },
});
await build({
  entryPoints: [join(root, "src/loader/start.ts")],
  outfile: join(draft, "agent.mjs"),
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
});

const requireFrom = createRequire(createRequire(import.meta.url).resolve("@lydell/node-pty"));
for (const name of ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"]) {
  try {
    copyFileSync(requireFrom.resolve(`@lydell/node-pty-${name}/pty.node`), join(draft, `pty-${name}.node`));
  } catch {
    // not installed: npm brings only this machine's
  }
}

const compiled = spawnSync(process.execPath, [join(root, "src/loader/compile.ts"), join(draft, "agent.cjs")], {
  maxBuffer: 64 * 1024 * 1024,
  stdio: ["ignore", "pipe", "inherit"],
});
if (compiled.status !== 0) throw new Error(`The bundle could not be compiled: status ${compiled.status}.`);
writeFileSync(join(draft, "agent.v8"), compiled.stdout);

for (const name of readdirSync(draft)) renameSync(join(draft, name), join(dist, name));
rmSync(draft, { recursive: true });

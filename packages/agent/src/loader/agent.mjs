// Starts the bundle beside it, with what the build has compiled already. Nothing is imported: for the few modules needed
// here that would take longer than asking for them.
const { readFileSync } = process.getBuiltinModule("node:fs");
const { createRequire } = process.getBuiltinModule("node:module");
const { dirname } = process.getBuiltinModule("node:path");
const { constants, Script } = process.getBuiltinModule("node:vm");

const file = createRequire(import.meta.url).resolve("./agent.cjs");

/** What was compiled by another Node, or for another bundle, is refused by V8 and does no harm. */
function readCompiled() {
  try {
    return readFileSync(file.replace(/cjs$/, "v8"));
  } catch {
    return undefined; // compiled when it is needed, then
  }
}

const source = readFileSync(file, "latin1");
const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
  filename: file,
  cachedData: readCompiled(),
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
const bundle = { exports: {} };
script.runInThisContext()(bundle.exports, createRequire(file), bundle, file, dirname(file));
await bundle.exports.run();

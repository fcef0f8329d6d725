// Writes to standard output what V8 has compiled of a bundle once it is loaded. For the build.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { Script, constants } from "node:vm";

const file = process.argv[2];
const source = readFileSync(file, "latin1");
const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
  filename: file,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
const bundle = { exports: {} };
script.runInThisContext()(bundle.exports, createRequire(file), bundle, file, dirname(file));
await bundle.exports.warmUp();
process.stdout.write(script.createCachedData());

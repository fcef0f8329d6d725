const { createRequire } = process.getBuiltinModule("node:module");
const path = process.getBuiltinModule("node:path");
const { readFileSync } = process.getBuiltinModule("node:fs");
const { constants, Script } = process.getBuiltinModule("node:vm");

/** What `bundle.ts` exports, once it is bundled. */
interface Bundle {
  run(): Promise<never>;
  warmUp(): Promise<void>;
}

type BundleFunction = (
  exports: object,
  require: NodeJS.Require,
  module: { exports: object },
  filename: string,
  dirname: string,
) => void;

/**
 * The bundle as a script that V8 may have compiled before. What was compiled by another Node, or from another bundle, is
 * refused by V8 and does no harm. Nothing is imported here: for the few modules needed that would take longer.
 */
export function readBundle(
  file: string,
  cachedData?: Buffer,
): { script: InstanceType<typeof Script>; load: () => Bundle } {
  const source = readFileSync(file, "latin1");
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename: file,
    ...(cachedData && { cachedData }),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  return {
    script,
    load() {
      const bundle = { exports: {} };
      const evaluate = script.runInThisContext() as BundleFunction; // the wrapper above
      evaluate(bundle.exports, createRequire(file), bundle, file, path.dirname(file));
      return bundle.exports as Bundle; // what the build has made of `bundle.ts`
    },
  };
}

// Becomes agent.mjs: starts the bundle beside it, with what the build has compiled already.
import { readBundle } from "./bundle-script.ts";

const { readFileSync } = process.getBuiltinModule("node:fs");
const { fileURLToPath } = process.getBuiltinModule("node:url");

await readBundle(fileBeside("agent.cjs"), readCompiled(fileBeside("agent.v8")))
  .load()
  .run();

function fileBeside(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

function readCompiled(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined; // compiled when it is needed, then
  }
}

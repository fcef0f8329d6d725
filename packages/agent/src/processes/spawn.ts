import type { ChildProcess, SpawnOptions } from "node:child_process";

/** Node's `spawn`, loaded with the first process: an agent says its first words before it starts any. */
export function spawn(file: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  return process.getBuiltinModule("node:child_process").spawn(file, args, options);
}

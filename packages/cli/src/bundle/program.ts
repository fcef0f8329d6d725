// What the bundle runs, once what an older Node lacks is there.
import { realpathSync } from "node:fs";
import { runProcess } from "../run-process.ts";

/** Runs the command of this process's arguments. */
export async function run(): Promise<void> {
  await runProcess(isWithinNode() ? [process.execPath] : [process.execPath, realpathSync(process.argv[1] ?? "")]);
}

/** Whether this is a Node that runs nothing else: a single executable. Older ones than know the question are none. */
function isWithinNode(): boolean {
  return process.getBuiltinModule?.("node:sea")?.isSea() ?? false;
}

// What the bundle runs, once what an older Node lacks is there.
import { realpathSync } from "node:fs";
import { runProcess } from "../run-process.ts";

/** Runs the command of this process's arguments. */
export async function run(): Promise<void> {
  await runProcess([process.execPath, realpathSync(process.argv[1] ?? "")]);
}

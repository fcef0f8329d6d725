import type { Launcher } from "#means/means.ts";
import { processHost } from "./process-host.ts";
import { runCli } from "./run.ts";
import { tree } from "./tree.ts";

/** Gives the command of this process's arguments its means, and the process the command's exit status. */
export async function runProcess(launcher: Launcher): Promise<void> {
  const host = processHost(launcher);
  await host.end(await runCli(tree, process.argv.slice(2), host));
}

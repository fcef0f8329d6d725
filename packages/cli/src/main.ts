// The command line of Hearth: commands as values in one tree (`tree.ts`), run with means that a test can replace (`run.ts`).
import { runCli } from "./run.ts";
import { processHost } from "./process-host.ts";
import { tree } from "./tree.ts";

// The process `hearth`: gives a command its means and takes its exit status.
const host = processHost();
await host.end(await runCli(tree, process.argv.slice(2), host));

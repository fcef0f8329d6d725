// The command line of Hearth: commands as values in one tree (`tree.ts`), run with means that a test can replace (`run.ts`).
import { fileURLToPath } from "node:url";
import { runProcess } from "./run-process.ts";

// The process `hearth` as it runs in a checkout where no bundle is built, or an older one than its sources.
await runProcess([process.execPath, fileURLToPath(new URL("../bin/hearth.mjs", import.meta.url))]);

import { reportUnexpected, runCli } from "./run.ts";
import { processHost } from "./process-host.ts";
import { tree } from "./tree.ts";

// The process `hearth`: gives a command its means, its signals and its exit status. Nothing below knows `process`.

const interrupt = new AbortController();
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => {
    // Asked twice: now.
    if (interrupt.signal.aborted) process.exit(exitCodes[name]);
    interrupt.abort(name);
  });
}
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // Whoever read has seen enough: `hearth list | head -1`.
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
}
const host = processHost(interrupt.signal);
process.on("uncaughtException", (error) => {
  void reportUnexpected(error, host).finally(() => process.exit(1));
});

const status = await runCli(tree, process.argv.slice(2), host);
process.exitCode = status;

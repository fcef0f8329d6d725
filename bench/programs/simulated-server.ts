import { runServer } from "@hearth/server";
import { engineOf, fleetHome } from "@hearth/testkit";

// `hearth server` whose workspaces are simulated agents of the fleet at BENCH_FLEET_URL. Its parent is told when it is
// ready, may ask it to collect its garbage (run with --expose-gc), and stops it with SIGINT.

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
process.once("disconnect", () => stop.abort());
process.on("message", () => {
  void collect().then(() => process.send?.("collected"));
});

async function collect(): Promise<void> {
  // Finalizers of one collection leave what the next one frees.
  for (let round = 0; round < 3; round++) await globalThis.gc?.({ type: "major", execution: "async" });
}

process.exitCode = await runServer({
  env: process.env,
  terminal: {
    line(text) {
      if (text.includes("Try next")) process.send?.("ready");
      else if (text.startsWith("error")) process.stderr.write(`${text}\n`);
    },
    status: () => undefined,
  },
  signal: stop.signal,
  hearth: "hearth",
  engines: [engineOf(fleetHome(process.env["BENCH_FLEET_URL"] ?? ""))],
});
process.disconnect();

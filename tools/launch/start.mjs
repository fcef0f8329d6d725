import { join } from "node:path";
import { ensureBuilt } from "./build.mjs";
import { withoutNpm } from "./environment.mjs";
import { reportFailure } from "./failure.mjs";
import { ensureInstalled } from "./install.mjs";
import { outliveOutput } from "./outlive-output.mjs";
import { ourNode, root } from "./paths.mjs";
import { runInOurPlace } from "./run.mjs";

outliveOutput();
try {
  await ensureInstalled();
  await ensureBuilt();
  const hearth = join(root, "packages", "cli", "bin", "hearth.mjs");
  await runInOurPlace(ourNode, [hearth, "server", "--log-in", ...process.argv.slice(2)], {
    env: withoutNpm(process.env),
  });
} catch (error) {
  reportFailure(error);
}

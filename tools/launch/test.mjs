import { join } from "node:path";
import { reportFailure } from "./failure.mjs";
import { ensureInstalled } from "./install.mjs";
import { ourNode, root } from "./paths.mjs";
import { runInOurPlace } from "./run.mjs";

try {
  await ensureInstalled();
  await runInOurPlace(ourNode, [join(root, "tools", "test.ts"), ...process.argv.slice(2)]);
} catch (error) {
  reportFailure(error);
  console.log("0 passed, 1 failed");
}

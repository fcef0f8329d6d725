// Runs the CLI's sources on the Node that Hearth brings: in place of this process, or beside it, or here if this is it.
import { existsSync } from "node:fs";
import module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { endWithLauncher } from "./end-with-launcher.mjs";
import { isOurNode, ourNode, root } from "./paths.mjs";

const cli = join(root, "packages", "cli");

if (isOurNode()) {
  // Stripping the types of every file anew takes two thirds of a short command's time. Where the cache cannot be
  // written nothing is said: it only saves time.
  module.enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "hearth", "compile"));
  endWithLauncher();
  await import(pathToFileURL(join(cli, "src", "main.ts")).href);
} else if (!existsSync(ourNode)) {
  process.stderr.write(`Hearth's packages are not installed; run npm install in ${root}.\n`);
  process.exitCode = 1;
} else {
  const args = [join(cli, "bin", "hearth.mjs"), ...process.argv.slice(2)];
  if (typeof process.execve === "function") {
    process.execve(ourNode, [ourNode, ...args], process.env); // does not return
  }
  const { runInOurPlace } = await import("./run.mjs");
  await runInOurPlace(ourNode, args);
}

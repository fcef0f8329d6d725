#!/usr/bin/env node
// `hearth`, whatever Node calls it and from wherever: runs the CLI on the Node that Hearth brings. Plain JavaScript,
// because a shell or OpenSSH may well call it with an older one, which cannot strip types.
import { existsSync } from "node:fs";
import module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { endWithLauncher } from "../../../tools/launch/end-with-launcher.mjs";
import { isOurNode, ourNode, root } from "../../../tools/launch/paths.mjs";

if (isOurNode()) {
  // Stripping the types of every file anew takes two thirds of a short command's time. Where the cache cannot be
  // written nothing is said: it only saves time.
  module.enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "hearth", "compile"));
  endWithLauncher();
  await import(new URL("../src/main.ts", import.meta.url).href);
} else if (!existsSync(ourNode)) {
  process.stderr.write(`Hearth's packages are not installed; run npm install in ${root}.\n`);
  process.exitCode = 1;
} else {
  const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  if (typeof process.execve === "function") {
    process.execve(ourNode, [ourNode, ...args], process.env); // does not return
  }
  const { runInOurPlace } = await import("../../../tools/launch/run.mjs");
  await runInOurPlace(ourNode, args);
}

import { join } from "node:path";
import type { Clock, Logger } from "@hearth/base";
import { ProcessEngine, type Engine } from "@hearth/provisioner";
import type { Config } from "./config/index.ts";

/** The engines that this machine offers. Agents run on the Node that runs the server, from their bundle. */
export function createEngines(config: Config, log: Logger, clock: Clock): Engine[] {
  // Who builds nothing must not bring back the workspaces of a server that does.
  if (config.provisionerDaemons === 0) return [];
  const bundle = join(import.meta.dirname, "../../agent/dist/agent.mjs");
  return [
    new ProcessEngine({
      dataDir: config.dataDir,
      agentCommand: { file: process.execPath, args: [bundle] },
      clock,
      log,
    }),
  ];
}

import { endpoints } from "@hearth/sdk";
import type { Route } from "../../ground/http/index.ts";
import type { ReachDeps } from "../dial/reach-agent.ts";
import { requireOneCommand } from "./exec-input.ts";
import { passOn } from "./pass-on.ts";

/** Processes that were started as commands: the agent's own answers, for whoever may log in there. */
export function processRoutes(deps: ReachDeps): Route[] {
  const { commands } = endpoints;
  return [
    passOn(deps, commands.listProcesses),
    passOn(deps, commands.startProcess, { check: requireOneCommand, isPatient: true, anyText: true }),
    passOn(deps, commands.getProcess),
    passOn(deps, commands.signalProcess),
    passOn(deps, commands.getProcessOutput, { isHeadFirst: true }),
  ];
}

import { systemActor, systemContext } from "../access/index.ts";
import type { Agents } from "../agents/index.ts";
import type { Capability } from "../ground/lifecycle/index.ts";
import { jobLogTopics } from "../jobs/index.ts";
import { runCleanup, deletionHandler, type CleanupDeps } from "./cleanup.ts";
import { runRoutes } from "./routes.ts";
import type { RunDeps } from "./run-workspace.ts";
import { deletionTopics } from "./until-deleted.ts";

export type RunsDeps = Omit<RunDeps, "logs" | "deletions" | "lasting" | "commands"> &
  CleanupDeps & { readonly agents: Pick<Agents, "commands"> };

/** Runs: workspaces that are made for a command, and go with it. Their one stop phase waits until ends are written down. */
export function createRuns(deps: RunsDeps): Capability {
  const part = systemActor("runs");
  const contextOf = (signal: AbortSignal) => systemContext(part, deps.log, signal);
  const lasting = contextOf(new AbortController().signal);
  const running = new Set<Promise<void>>();
  return {
    name: "runs",
    routes: runRoutes(
      { ...deps, commands: deps.agents.commands, logs: jobLogTopics(deps), deletions: deletionTopics(deps), lasting },
      running,
    ),
    effects: [deletionHandler(contextOf, deps)],
    loops: [{ name: "runs", run: (signal) => runCleanup(contextOf(signal), deps) }],
    opened: [{ name: "runs", limitMs: 5_000, end: async () => void (await Promise.allSettled(running)) }],
  };
}

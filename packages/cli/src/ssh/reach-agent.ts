import { Scope } from "@hearth/base";
import type { Workspace, WorkspaceAgent } from "@hearth/sdk";
import { watchUntil } from "#api/watch-workspace.ts";
import { chooseAgent, fullName, resolveWorkspace } from "#api/workspaces.ts";
import { followBuild } from "#build/follow-build.ts";
import { stateOfAgent } from "#build/readiness.ts";
import { planStart, queueStart } from "#build/start-workspace.ts";
import { Failure } from "#means/failure.ts";
import type { Means } from "#means/means.ts";
import { showAgentLogs } from "./agent-logs.ts";

/** Whether to wait for start-up scripts: always, never, or when the template says that they block log-in. */
export type WaitFor = "yes" | "no" | "auto";

export interface ReachOptions {
  /** The workspace, and perhaps its agent, as the user named it. */
  readonly reference: string;
  readonly wait: WaitFor;
  readonly autostart: boolean;
}

export interface Reached {
  readonly workspace: Workspace;
  readonly agent: WorkspaceAgent;
}

/**
 * Finds the agent that a user wants to talk to and waits until it can be: starts a stopped workspace, follows a build
 * that is under way, waits for the agent to connect and, as asked, for its start-up scripts. An agent that is there
 * already costs one request.
 * @throws Failure when there is none, or it will not come.
 */
export async function reachAgent(options: ReachOptions, means: Means): Promise<Reached> {
  const { workspace: found, agentName } = await resolveWorkspace(means.client, options.reference);
  const isUp = found.latest_build.status === "running";
  const workspace = isUp ? found : await bringUp(found, options, means);
  const agent = chooseAgent(workspace, agentName);
  if (isWaitOver(agent, options.wait)) return { workspace, agent };
  return await waitForAgent(workspace, agent, options.wait, means);
}

/** Starts a workspace, or follows what is under way; gives it as it is when its start has succeeded. */
async function bringUp(workspace: Workspace, { reference, autostart }: ReachOptions, means: Means): Promise<Workspace> {
  const build = workspace.latest_build;
  switch (build.status) {
    case "running":
      return workspace;
    case "pending":
    case "starting":
    case "stopping":
    case "canceling":
      if (build.transition === "delete") break;
      await followBuild(build, means);
      return await again(reference, { autostart, isStarted: build.transition === "start" }, means);
    case "stopped":
    case "failed":
    case "canceled": {
      if (!autostart) {
        throw new Failure(`${fullName(workspace)} is ${build.status}.`, {
          hint: `Start it with: hearth start ${workspace.name}`,
        });
      }
      means.out.note(`${fullName(workspace)} is ${build.status}: starting it.`);
      const plan = await planStart(workspace, { reason: "ssh_connection" }, means);
      await followBuild(await queueStart(workspace, plan, means), means);
      return await again(reference, { autostart: false, isStarted: true }, means);
    }
    case "deleting":
    case "deleted":
      break;
  }
  throw new Failure(`${fullName(workspace)} is being deleted.`);
}

async function again(
  reference: string,
  next: { autostart: boolean; isStarted: boolean },
  means: Means,
): Promise<Workspace> {
  const { workspace } = await resolveWorkspace(means.client, reference);
  return next.isStarted
    ? workspace
    : await bringUp(workspace, { reference, wait: "auto", autostart: next.autostart }, means);
}

/** Whether an agent can be talked to now. */
export function isWaitOver(agent: WorkspaceAgent, wait: WaitFor): boolean {
  if (agent.status !== "connected") return false;
  return !waitsForScripts(agent, wait) || stateOfAgent(agent).is !== "waiting";
}

function waitsForScripts(agent: WorkspaceAgent, wait: WaitFor): boolean {
  if (wait === "auto")
    return agent.startup_script_behavior === "blocking" || agent.scripts.some((script) => script.start_blocks_login);
  return wait === "yes";
}

async function waitForAgent(
  workspace: Workspace,
  agent: WorkspaceAgent,
  wait: WaitFor,
  means: Means,
): Promise<Reached> {
  const { client, out, clock, signal } = means;
  using waiting = new Scope(signal);
  using status = out.status(`Waiting for agent "${agent.name}"`);
  let logs: Promise<void> | undefined;
  try {
    return await watchUntil(client, workspace.id, { clock, signal }, (now) => {
      if (now.latest_build.id !== workspace.latest_build.id)
        throw new Failure(`Another build of ${fullName(now)} has begun.`);
      const current = chooseAgent(now, agent.name);
      const state = stateOfAgent(current);
      if (state.is === "lost") throw new Failure(state.why, { hint: `Look into: hearth logs ${now.name}` });
      if (isWaitOver(current, wait)) {
        if (state.is === "ready") for (const problem of state.problems) out.warn(problem);
        return { workspace: now, agent: current };
      }
      if (state.is === "waiting") status.update(state.text);
      if (current.status === "connected") logs ??= showAgentLogs(current, client, out, waiting.signal);
      return undefined;
    });
  } finally {
    waiting.end();
    await logs;
  }
}

import type { WorkspaceAgent } from "../schemas/agents.ts";
import type { Workspace } from "../schemas/workspaces.ts";
import { ChoiceError } from "./errors.ts";
import { topAgents } from "./settle.ts";

/** The agent of that name, or the only one that stands for itself. @throws ChoiceError which lists what there is */
export function chooseAgent(workspace: Workspace, name: string | undefined): WorkspaceAgent {
  const all = workspace.latest_build.resources.flatMap(({ agents }) => agents ?? []);
  const candidates = name === undefined ? topAgents(workspace) : all.filter((agent) => agent.name === name);
  const [only, another] = candidates;
  if (only !== undefined && another === undefined) return only;
  const names = all.map((agent) => agent.name);
  if (only !== undefined) {
    throw new ChoiceError(`Which agent of workspace "${workspace.name}"? Name one when you get it.`, names);
  }
  const isUp = workspace.latest_build.transition === "start";
  const what = name === undefined ? "no agent" : `no agent "${name}"`;
  throw new ChoiceError(`Workspace "${workspace.name}" has ${what}${isUp ? "" : ": start it"}.`, names);
}

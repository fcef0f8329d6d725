import { ApiError, endpoints, type Client, type Workspace, type WorkspaceAgent } from "@hearth/sdk";
import { Failure, UsageError } from "#means/failure.ts";
import { isUuid, parseWorkspaceReference } from "./workspace-name.ts";

export interface Resolved {
  readonly workspace: Workspace;
  /** Of the reference; empty when it names none. */
  readonly agentName: string;
}

/**
 * The workspace that a user means.
 * @throws UsageError when the text cannot name one, Failure when there is none of that name.
 */
export async function resolveWorkspace(client: Client, text: string): Promise<Resolved> {
  if (isUuid(text)) {
    return {
      workspace: await client.call(endpoints.workspaces.getWorkspace, { params: { workspace: text } }),
      agentName: "",
    };
  }
  const reference = parseWorkspaceReference(text);
  if (reference === undefined) {
    throw new UsageError(`"${text}" names no workspace; write it like dev, ada/dev or dev.main`);
  }
  try {
    const workspace = await client.call(endpoints.workspaces.getWorkspaceByName, {
      params: { user: reference.owner, workspacename: reference.workspace },
      query: { include_deleted: false },
    });
    return { workspace, agentName: reference.agent };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    const whose = reference.owner === "me" ? "You have" : `"${reference.owner}" has`;
    throw new Failure(`${whose} no workspace named "${reference.workspace}", or you may not see it.`, {
      hint: "List yours with: hearth list",
    });
  }
}

/** The same, for commands that have no use for an agent. */
export async function findWorkspace(client: Client, text: string): Promise<Workspace> {
  const { workspace, agentName } = await resolveWorkspace(client, text);
  if (agentName !== "") throw new UsageError(`"${text}" names an agent; write the workspace alone`);
  return workspace;
}

/** How a user would name it: `ada/dev`. */
export function fullName(workspace: Pick<Workspace, "owner_name" | "name">): string {
  return `${workspace.owner_name}/${workspace.name}`;
}

/** The agents of the latest build, sub-agents included, in the order of the resources. */
export function agentsOf(workspace: Workspace): WorkspaceAgent[] {
  return workspace.latest_build.resources.flatMap((resource) => resource.agents ?? []);
}

/**
 * The agent of that name, or the only one.
 * @throws Failure when there is none, or several and no name; it lists them.
 */
export function chooseAgent(workspace: Workspace, name: string): WorkspaceAgent {
  const agents = agentsOf(workspace);
  const names = agents.map((agent) => agent.name).join(", ");
  if (name !== "") {
    const named = agents.find((agent) => agent.name === name);
    if (named !== undefined) return named;
    throw new Failure(`Workspace "${workspace.name}" has no agent named "${name}".`, {
      hint: agents.length === 0 ? undefined : `It has: ${names}`,
    });
  }
  const top = agents.filter((agent) => agent.parent_id === null);
  const [only, another] = top.length > 0 ? top : agents;
  if (only === undefined) throw new Failure(`Workspace "${workspace.name}" has no agent to connect to.`);
  if (another === undefined) return only;
  throw new Failure(`Workspace "${workspace.name}" has several agents.`, {
    hint: `Name one of ${names}: ${workspace.name}.${only.name}`,
  });
}

import { join } from "node:path";
import type { AgentDeclaration, ResourceDeclaration } from "../../protocol.ts";
import { mapAgents, mapHome } from "./map-home.ts";
import { defaultUser } from "./state.ts";

/** Where the home is for whoever is inside a sandbox, and what manifests call it in any case. */
export function homeInside(user: string | undefined): string {
  return `/home/${user ?? defaultUser}`;
}

/** What an unsandboxed workspace tells whoever logs in lies here, below its directory on the host. */
export const motdName = "motd";
/** Its home, below the same. */
export const homeName = "home";

/** Where a workspace without a sandbox tells that it lies, in the metadata of its resource. */
export const directoryKey = "directory";

/**
 * The agents of a workspace without a sandbox, with the paths that they have in its directory on the host; and what that
 * tells of its resource. A claim leaves the directory where it is. Pure.
 */
export function agentsOnHost(
  agents: readonly AgentDeclaration[],
  user: string | undefined,
  directory: string,
): readonly AgentDeclaration[] {
  const mapped = mapAgents(agents, mapHome(homeInside(user), join(directory, homeName)));
  return mapped.map((agent) => ({ ...agent, motdFile: agent.motdFile || join(directory, motdName) }));
}

export function metadataOf(isSandboxed: boolean, directory: string): ResourceDeclaration["metadata"] {
  const entry = (key: string, value: string) => ({ key, value, sensitive: false });
  return isSandboxed ? [entry("sandbox", "bubblewrap")] : [entry("sandbox", "none"), entry(directoryKey, directory)];
}

import type { AgentDeclaration } from "../../protocol.ts";

/** Moves a path from the home that a manifest names to the one that is. */
export type MapPath = (path: string) => string;

/**
 * For a workspace without a sandbox: its home lies elsewhere on the host, and paths below `/home/<user>` that the manifest
 * names are meant to be in it.
 */
export function mapHome(from: string, to: string): MapPath {
  return (path) => (path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : path);
}

/** Everything in agents that is a path. Scripts are left as they are: they have HOME. */
export function mapAgents(agents: readonly AgentDeclaration[], map: MapPath): AgentDeclaration[] {
  return agents.map((agent) => ({
    ...agent,
    directory: map(agent.directory),
    motdFile: map(agent.motdFile),
    env: mapVariables(agent.env, map),
    scripts: agent.scripts.map((script) => ({ ...script, logPath: map(script.logPath) })),
  }));
}

/** Each part between colons counts, as in PATH. */
export function mapVariables(env: Readonly<Record<string, string>>, map: MapPath): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value.split(":").map(map).join(":")]));
}

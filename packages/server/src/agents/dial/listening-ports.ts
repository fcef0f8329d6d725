import { z } from "zod";
import { WorkspaceAgentListeningPort } from "@hearth/sdk";
import type * as api from "@hearth/sdk";

/** Ports below are the agent's own. */
const firstPort = 9;

/** Well-known ports on which nothing speaks HTTP. @see spec/agents.md §17.5 */
const knownPorts = new Set([
  20, 21, 22, 23, 25, 53, 110, 143, 179, 389, 465, 587, 636, 989, 990, 993, 995, 3306, 3389, 5432, 27_017, 27_018,
  27_019, 28_017,
]);

const Answer = z.object({ ports: z.array(WorkspaceAgentListeningPort).nullable() });

/** What the agent answers; nothing when it is not what it should be. */
export function parsePorts(answer: unknown): api.WorkspaceAgentListeningPort[] {
  const parsed = Answer.safeParse(answer);
  return parsed.success ? (parsed.data.ports ?? []) : [];
}

/** What is worth showing: not what apps are declared for, and not what speaks no HTTP. Pure. */
export function shownPorts(
  ports: readonly api.WorkspaceAgentListeningPort[],
  appUrls: readonly string[],
): api.WorkspaceAgentListeningPort[] {
  const declared = new Set(appUrls.map(portOf));
  return ports.filter(({ port }) => port >= firstPort && !knownPorts.has(port) && !declared.has(port));
}

function portOf(url: string): number | undefined {
  const parsed = URL.parse(url);
  if (parsed === null) return undefined;
  if (parsed.port !== "") return Number(parsed.port);
  return { "http:": 80, "https:": 443 }[parsed.protocol];
}

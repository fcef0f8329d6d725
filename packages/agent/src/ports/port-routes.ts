import type { Route } from "#api/route.ts";
import type { ListeningPorts } from "#ports/listening-ports.ts";

/** The agent's greeting, and what listens in the workspace. Who asks does not use the workspace by it. */
export function portRoutes(listeningPorts: ListeningPorts): Route[] {
  const list: Route["handle"] = async () => ({ status: 200, body: { ports: await listeningPorts.list() } });
  return [
    { at: "GET /", isUse: false, handle: async () => ({ status: 200, body: { message: "Hello from the agent!" } }) },
    { at: "GET /api/v0/listening-ports", isUse: false, handle: list },
    { at: "GET /api/v1/listening-ports", isUse: false, handle: list },
  ];
}

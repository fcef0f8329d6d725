import { ApiError, endpoints } from "@hearth/sdk";
import { bridge } from "../dial/bridge.ts";
import { reachAgent } from "../dial/reach-agent.ts";
import { route, type Route } from "../../ground/http/index.ts";
import { getAgent } from "./find-agent.ts";
import type { AgentRoutesDeps } from "./deps.ts";

const maxPort = 65_535;
/** What only the server may ask of the agent. @see spec/agents.md §17.1 */
const reservedPorts: ReadonlySet<number> = new Set([3, 5, 6, 7, 8]);

/** The one way into a workspace: a byte stream to a port of its agent. @see spec/api.md, "Hearth's own additions" */
export function dialRoutes(deps: AgentRoutesDeps): Route[] {
  const { db, clock } = deps;
  return [
    route(endpoints.hearth.dial)({
      access: "workspace:ssh",
      load: ({ ctx, params }) => getAgent(ctx, db, params.workspaceagent, "workspace:ssh"),
      async socket({ ctx, query, loaded, accept }) {
        requirePort(query.port);
        const agent = await reachAgent(deps, loaded.granted, {
          agentId: loaded.id,
          wait: query.wait ?? "none",
          isBeingClaimed: loaded.is_being_claimed,
          signal: ctx.signal,
        });
        // Both at once: the agent connects while the client is told that it may send.
        const dialling = agent.dial({ port: query.port, signal: ctx.signal });
        dialling.catch(() => undefined); // told by the bridge, which may not be there yet
        const socket = await accept(loaded.granted).catch(async (error: unknown) => {
          (await dialling).destroy();
          throw error;
        });
        await bridge(socket, dialling, { clock, signal: ctx.signal });
      },
    }),
  ];
}

/** @throws ApiError `bad_query` for what is no port, or one that clients may not dial */
function requirePort(port: number): void {
  const isPort = port >= 1 && port <= maxPort;
  if (isPort && !reservedPorts.has(port)) return;
  const detail = isPort
    ? `must not be ${port}: 3 and 5 to 8 are for the server alone`
    : `must be 1 to ${maxPort}, not ${port}`;
  throw new ApiError("bad_query", "Query parameters have invalid values.", {
    validations: [{ field: "port", detail }],
  });
}

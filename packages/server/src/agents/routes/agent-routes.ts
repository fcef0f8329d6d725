import { withTimeout } from "@hearth/base";
import { endpoints } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import { route, type Route } from "../../ground/http/index.ts";
import { askAgent } from "../dial/agent-http.ts";
import { parsePorts, shownPorts } from "../dial/listening-ports.ts";
import { dialAgentApi } from "../dial/reach-agent.ts";
import { toApiAgent } from "../resources/to-api-agent.ts";
import type { AgentRoutesDeps } from "./deps.ts";
import { getAgent } from "./find-agent.ts";

/** The agent's own limit on its answers. @see spec/agents.md §17.2 */
const askTimeoutMs = 20_000;

/** There are no relays: what there is goes through dials. */
const connectionInfo: api.AgentConnectionInfo = {
  derp_map: { Regions: {} },
  derp_force_websockets: false,
  disable_direct_connections: false,
  hostname_suffix: "hearth",
};

/** What there is to know of an agent. */
export function agentRoutes(deps: AgentRoutesDeps): Route[] {
  const { db, clock } = deps;
  return [
    route(endpoints.agents.getAgent)({
      access: "workspace:read",
      load: ({ ctx, params }) => getAgent(ctx, db, params.workspaceagent, "workspace:read"),
      handle: ({ loaded }) => ({ status: 200, granted: loaded.granted, body: toApiAgent(loaded, clock.now()) }),
    }),
    route(endpoints.agents.getAgentConnection)({
      access: "workspace:read",
      load: ({ ctx, params }) => getAgent(ctx, db, params.workspaceagent, "workspace:read"),
      handle: ({ loaded }) => ({ status: 200, granted: loaded.granted, body: connectionInfo }),
    }),
    route(endpoints.agents.getConnection)({
      access: "authenticated",
      handle: () => ({ status: 200, body: connectionInfo }),
    }),
    route(endpoints.agents.getAppHost)({
      access: "authenticated",
      handle: () => ({ status: 200, body: { host: "" } }),
    }),
    route(endpoints.agents.listListeningPorts)({
      access: "workspace:read",
      load: ({ ctx, params }) => getAgent(ctx, db, params.workspaceagent, "workspace:read"),
      async handle({ ctx, loaded }) {
        const answer = await withTimeout(
          async (signal) => {
            const target = { agentId: loaded.id, reason: "listening ports", signal };
            const connection = await dialAgentApi(deps, loaded.granted, target);
            return await askAgent(connection, "/api/v0/listening-ports", signal);
          },
          { ms: askTimeoutMs, clock, signal: ctx.signal, tag: "listening-ports" },
        );
        const appUrls = loaded.apps.flatMap((app) => (app.url === null ? [] : [app.url]));
        return { status: 200, granted: loaded.granted, body: { ports: shownPorts(parsePorts(answer), appUrls) } };
      },
    }),
  ];
}

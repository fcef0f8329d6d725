import { endpoints } from "@hearth/sdk";
import { route, type Route } from "../../ground/http/index.ts";
import { OneWaySocket } from "../../ground/live/index.ts";
import { watchMetadata } from "../metadata/watch.ts";
import type { AgentRoutesDeps } from "./deps.ts";
import { getAgent } from "./find-agent.ts";

const failure = { message: "The metadata cannot be read now: try again." };

/** Values that an agent collects, as they change. @see spec/agents.md §10.3 */
export function metadataRoutes(deps: AgentRoutesDeps): Route[] {
  const { db, clock } = deps;
  return [
    route(endpoints.agents.watchMetadata)({
      access: "workspace:read",
      load: ({ ctx, params }) => getAgent(ctx, db, params.workspaceagent, "workspace:read"),
      async stream({ ctx, loaded }, open) {
        using seat = deps.metadata.join(loaded.id);
        const stream = open(loaded.granted);
        const over = new AbortController();
        const pings = stream.keepAlive(over.signal);
        try {
          for await (const values of watchMetadata(seat, clock, stream.signal)) await stream.send("data", values);
        } catch (error) {
          ctx.log.warn({ err: error, agentId: loaded.id }, "metadata not read");
          await stream.send("error", failure);
        } finally {
          over.abort();
          await pings;
        }
      },
    }),
    route(endpoints.agents.watchMetadataSocket)({
      access: "workspace:read",
      load: ({ ctx, params }) => getAgent(ctx, db, params.workspaceagent, "workspace:read"),
      async socket({ ctx, loaded, accept }) {
        using seat = deps.metadata.join(loaded.id);
        using socket = new OneWaySocket(await accept(loaded.granted), clock, ctx.signal);
        try {
          for await (const data of watchMetadata(seat, clock, socket.signal)) await socket.send({ type: "data", data });
        } catch (error) {
          ctx.log.warn({ err: error, agentId: loaded.id }, "metadata not read");
          await socket.send({ type: "error", data: failure });
          socket.close(1011);
        }
      },
    }),
  ];
}

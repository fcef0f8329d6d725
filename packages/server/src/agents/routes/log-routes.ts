import { ApiError, endpoints } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import { route, type Route } from "../../ground/http/index.ts";
import { OneWaySocket } from "../../ground/live/index.ts";
import { followAgentLogs } from "../logs/follow.ts";
import { listAgentLogs } from "../logs/store.ts";
import type { AgentRoutesDeps } from "./deps.ts";
import { getAgent } from "./find-agent.ts";
import type { FoundAgent } from "../resources/found-agent.ts";

/** Logs of an agent: what is stored, or everything as it comes. @see spec/agents.md §9.4 */
export function logRoutes(deps: AgentRoutesDeps): Route[] {
  const { db, clock } = deps;
  return [
    route(endpoints.agents.getAgentLogs)({
      access: "workspace:read",
      load: ({ ctx, params }) => getAgent(ctx, db, params.workspaceagent, "workspace:read"),
      async handle({ query, loaded }) {
        const isText = wantsText(query);
        const logs = await listAgentLogs(db, loaded.id, { afterId: query.after, beforeId: query.before });
        return { status: 200, granted: loaded.granted, body: logs, ...(isText ? { text: toText(logs, loaded) } : {}) };
      },
      async socket({ ctx, query, loaded, accept }) {
        wantsText(query);
        const agent = { id: loaded.id, workspaceId: loaded.workspace_id, afterId: query.after ?? 0 };
        await followAgentLogs(
          deps.logs,
          agent,
          async () => new OneWaySocket(await accept(loaded.granted), clock, ctx.signal),
        );
      },
    }),
  ];
}

function wantsText({ format = "", follow }: { format?: string | undefined; follow?: boolean | undefined }): boolean {
  if (!["", "json", "text"].includes(format)) throw badFormat(`must be "json" or "text", not "${format}"`);
  if (format === "text" && follow === true) throw badFormat("text is not supported with follow");
  return format === "text";
}

function badFormat(detail: string): ApiError {
  const validations = [{ field: "format", detail }];
  return new ApiError("bad_query", "Query parameters have invalid values.", { validations });
}

/** A line each: when, how grave, from where, and what. */
function toText(logs: readonly api.WorkspaceAgentLog[], agent: FoundAgent): string {
  const names = new Map(agent.log_sources.map((source) => [source.id, source.display_name]));
  return logs
    .map((line) => `${line.created_at} [${line.level}] [${names.get(line.source_id) ?? agent.name}] ${line.output}\n`)
    .join("");
}

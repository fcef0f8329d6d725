import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { QueryInt } from "../query.ts";
import { Pool } from "../schemas/hearth.ts";

// Hearth's own routes, beside those of the contract.

/**
 * A WebSocket of bytes. `wait=ready` opens once the agent is connected and, after a claim, the workspace is the
 * caller's. Closes with a code that says why; any replica serves it.
 */
export const dial = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/{workspaceagent}/dial",
  operation: "dial",
  summary: "A byte stream to a port of the agent (1 SSH, 2 terminal, 4 agent API, else TCP inside)",
  query: z.object({ port: QueryInt, wait: z.enum(["ready", "none"]).optional() }),
  socket: true,
  responses: {},
});

/** As of now: what a claim would find. A preset without a pool is there too. */
export const listPools = endpoint({
  method: "GET",
  path: "/api/v2/templates/{template}/pools",
  operation: "list_pools",
  summary: "Warm workspaces of each preset of the active version",
  responses: { 200: z.array(Pool) },
});

/** Hints, not values: read again what they name. `resync` after anything was lost. */
export const watchWorkspaces = endpoint({
  method: "GET",
  path: "/api/v2/workspace-events",
  operation: "watch_workspaces",
  summary: "Changes of every workspace that the caller may read, as server-sent events",
  responses: { 200: "events" },
});

import { ApiError, endpoints } from "@hearth/sdk";
import { agentPorts } from "@hearth/wire";
import { reachAgent } from "../dial/reach-agent.ts";
import { bridgeTerminal, terminalHeader, type TerminalOptions } from "../dial/terminal.ts";
import { findUuid, route, type Route } from "../../ground/http/index.ts";
import type { AgentRoutesDeps } from "./deps.ts";
import { getAgent } from "./find-agent.ts";

/** @see spec/agents.md §17.4 */
const defaultCells = 80;
const maxCells = 65_535;

/** The web terminal. */
export function terminalRoutes(deps: AgentRoutesDeps): Route[] {
  return [
    route(endpoints.agents.openTerminal)({
      access: "workspace:ssh",
      load: ({ ctx, params }) => getAgent(ctx, deps.db, params.workspaceagent, "workspace:ssh"),
      async socket({ ctx, query, loaded, accept }) {
        const options = readTerminalQuery(query);
        const { signal } = ctx;
        const agent = await reachAgent(deps, loaded.granted, { agentId: loaded.id, wait: "none", signal });
        // Before the client hears that it is open: what it types from then on has somewhere to go, also where the server that
        // held the agent has just died and nobody has noticed.
        const terminal = await agent.dial({ port: agentPorts.reconnectingPty, reason: "web terminal", signal });
        const socket = await accept(loaded.granted).catch((error: unknown) => {
          terminal.destroy();
          throw error;
        });
        terminal.write(terminalHeader(options));
        await bridgeTerminal(socket, terminal, signal);
      },
    }),
  ];
}

interface TerminalQuery {
  readonly reconnect?: string | undefined;
  readonly height?: string | undefined;
  readonly width?: string | undefined;
  readonly command?: string | undefined;
  readonly container?: string | undefined;
  readonly container_user?: string | undefined;
  readonly backend_type?: string | undefined;
}

/** Every bad parameter is named at once. @throws ApiError `bad_query` */
export function readTerminalQuery(query: TerminalQuery): TerminalOptions {
  const validations: { field: string; detail: string }[] = [];
  const id = findUuid(query.reconnect ?? "");
  if (id === undefined) validations.push({ field: "reconnect", detail: "must be a UUID" });
  const cells = (field: "height" | "width"): number => {
    const text = query[field] ?? "";
    const number = text === "" ? defaultCells : /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(number >= 0 && number <= maxCells)) {
      validations.push({ field, detail: `must be a whole number up to ${maxCells}, not "${text}"` });
    }
    return number;
  };
  const height = cells("height");
  const width = cells("width");
  const backendType = query.backend_type ?? "";
  if (!["", "screen", "buffered"].includes(backendType)) {
    validations.push({ field: "backend_type", detail: `must be "screen" or "buffered", not "${backendType}"` });
  }
  if (id === undefined || validations.length > 0) {
    throw new ApiError("bad_query", "Query parameters have invalid values.", { validations });
  }
  const { command = "", container = "", container_user: containerUser = "" } = query;
  return { id, height, width, command, container, containerUser, backendType };
}

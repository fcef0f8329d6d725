import { ApiError, endpoints } from "@hearth/sdk";
import { route, type Route } from "../../ground/http/index.ts";
import { reachAgent } from "../dial/reach-agent.ts";
import type { AgentRoutesDeps } from "../routes/deps.ts";
import { getAgent } from "../routes/find-agent.ts";
import { bridgeCommands } from "./bridge-commands.ts";
import { openCommandStream } from "./command-stream.ts";
import { maxExecBodyBytes, readExec } from "./exec-input.ts";
import type { SharedCommands } from "./shared-commands.ts";
import { tellCommand } from "./tell-command.ts";

export type ExecRoutesDeps = AgentRoutesDeps & { readonly commands: SharedCommands };

/** Commands: many over a client's WebSocket, or one by plain HTTP. */
export function execRoutes(deps: ExecRoutesDeps): Route[] {
  const { db, clock, commands } = deps;
  return [
    route(endpoints.commands.openCommands)({
      access: "workspace:ssh",
      load: ({ ctx, params }) => getAgent(ctx, db, params.workspaceagent, "workspace:ssh"),
      // Asked plainly: why it would not open, which not every client can read of a refused upgrade.
      async handle({ ctx, loaded }) {
        await reachAgent(deps, loaded.granted, { agentId: loaded.id, wait: "none", signal: ctx.signal });
        throw new ApiError("upgrade_required", "This address speaks WebSocket only: ask for an upgrade.");
      },
      async socket({ ctx, query, loaded, accept }) {
        const { signal } = ctx;
        const agent = await reachAgent(deps, loaded.granted, {
          agentId: loaded.id,
          wait: query.wait ?? "none",
          isBeingClaimed: loaded.is_being_claimed,
          signal,
        });
        // Both at once: the agent is asked while the client is told that it may send.
        const opening = openCommandStream(agent, signal);
        opening.catch(() => undefined); // told by the bridge, which may not be there yet
        const socket = await accept(loaded.granted).catch(async (error: unknown) => {
          (await opening).destroy();
          throw error;
        });
        await bridgeCommands(socket, opening, { clock, signal });
      },
    }),
    route(endpoints.commands.exec)({
      access: "workspace:ssh",
      maxBodyBytes: maxExecBodyBytes,
      anyText: true,
      load: ({ ctx, params }) => getAgent(ctx, db, params.workspaceagent, "workspace:ssh"),
      async stream({ ctx, loaded, body }, open) {
        const { request, input } = readExec(body);
        const command = await commands.start(loaded.granted, {
          agentId: loaded.id,
          isBeingClaimed: loaded.is_being_claimed,
          request,
          signal: ctx.signal,
        });
        await tellCommand(open(loaded.granted), command, input);
      },
    }),
  ];
}

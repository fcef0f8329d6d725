import { endpoints, WorkspaceProcess, WorkspaceProcesses } from "@hearth/sdk";
import { parseUuid, route, type Route } from "../../ground/http/index.ts";
import type { ReachDeps } from "../dial/reach-agent.ts";
import { agentApiOf } from "./agent-api-of.ts";
import { requireOneCommand } from "./exec-input.ts";

/** Processes that were started as commands: the agent's own answers, for whoever may log in there. */
export function processRoutes(deps: ReachDeps): Route[] {
  const api = agentApiOf(deps);
  const { load } = api;
  const pathOf = (params: { process: string }) => `/processes/${parseUuid(params.process)}`;
  return [
    route(endpoints.commands.listProcesses)({
      access: "workspace:ssh",
      load,
      async handle({ ctx, loaded }) {
        const body = await api.askJson(ctx, loaded, WorkspaceProcesses, { method: "GET", path: "/processes" });
        return { status: 200, granted: loaded.granted, body };
      },
    }),
    route(endpoints.commands.startProcess)({
      access: "workspace:ssh",
      anyText: true,
      load,
      async handle({ ctx, loaded, body: start }) {
        requireOneCommand(start);
        const question = { method: "POST", path: "/processes", body: { json: start }, isPatient: true } as const;
        const body = await api.askJson(ctx, loaded, WorkspaceProcess, question);
        return { status: 201, granted: loaded.granted, body };
      },
    }),
    route(endpoints.commands.getProcess)({
      access: "workspace:ssh",
      load,
      async handle({ ctx, params, loaded }) {
        const body = await api.askJson(ctx, loaded, WorkspaceProcess, { method: "GET", path: pathOf(params) });
        return { status: 200, granted: loaded.granted, body };
      },
    }),
    route(endpoints.commands.signalProcess)({
      access: "workspace:ssh",
      load,
      async handle({ ctx, params, loaded, body }) {
        const path = `${pathOf(params)}/signal`;
        await api.askNothing(ctx, loaded, { method: "POST", path, body: { json: body } });
        return { status: 204, granted: loaded.granted, body: undefined };
      },
    }),
    route(endpoints.commands.getProcessOutput)({
      access: "workspace:ssh",
      load,
      async handle({ ctx, params, query, loaded, hold }) {
        await hold(loaded.granted);
        const path = `${pathOf(params)}/output`;
        const { body, contentType } = await api.askBytes(ctx, loaded, { method: "GET", path, query });
        return { status: 200, granted: loaded.granted, body, contentType, isHeadFirst: true };
      },
    }),
  ];
}

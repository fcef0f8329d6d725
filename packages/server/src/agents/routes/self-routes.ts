import { onAbort } from "@hearth/base";
import { authorize } from "../../access/index.ts";
import { ApiError, endpoints } from "@hearth/sdk";
import { acceptApiVersion, defaultApiVersion, pushHeader } from "@hearth/wire";
import { agentOf, route, type Route } from "../../ground/http/index.ts";
import { readGitSshKeyPair } from "../../identity/index.ts";
import { authorizeAgent } from "../access/agent-grant.ts";
import { ingestLogs } from "../logs/ingest.ts";
import { ensureLogSource } from "../logs/store.ts";
import { streamReinit } from "../reinit/reinit.ts";
import type { AgentRoutesDeps } from "./deps.ts";

const maxSourceNameLength = 127;

/** What agents ask for themselves, with their token. */
export function selfRoutes(deps: AgentRoutesDeps): Route[] {
  const { db, pubsub, clock, sessions } = deps;
  return [
    route(endpoints.agentSelf.agentRpc)({
      access: "agent",
      upgradeHeaders: { [pushHeader]: "manifest" },
      async socket({ ctx, query, accept, closing }) {
        const version = acceptApiVersion(query.version);
        if (!version.ok) {
          const validations = [{ field: "version", detail: version.problem }];
          throw new ApiError("bad_query", "Query parameters have invalid values.", { validations });
        }
        const session = sessions.accept({
          actor: agentOf(ctx),
          socket: await accept(),
          apiVersion: query.version ?? defaultApiVersion,
          isMonitored: ["agent", ""].includes(query.role ?? "agent"),
          takesPushes: query.push === true,
        });
        // The session goes on after its request. When the server stops nobody need write down the end of each, for the
        // lease is given up.
        const stop = onAbort(closing, () => session.close("going away"));
        void session.over.then(() => stop[Symbol.dispose]());
      },
    }),
    route(endpoints.agentSelf.agentReinit)({
      access: "agent",
      stream: ({ ctx, query }, open) =>
        streamReinit(deps.reinits, { workspaceId: agentOf(ctx).workspaceId, wait: query.wait === true }, open),
    }),
    route(endpoints.agentSelf.patchAgentLogs)({
      access: "agent",
      anyText: true,
      async handle({ ctx, body }) {
        const { agentId, workspaceId, ownerId } = agentOf(ctx);
        const granted = authorizeAgent(ctx, "workspace:update_agent", agentOf(ctx));
        if (body.logs.length === 0) {
          throw new ApiError("validation_failed", "No logs provided.", {
            validations: [{ field: "logs", detail: "at least one line is needed" }],
          });
        }
        const isOverflowed = await ingestLogs(ctx, deps, granted, {
          sourceId: body.log_source_id,
          lines: body.logs,
          nowMs: clock.now(),
          announce: (kind) =>
            pubsub.publish("workspace_owner", ownerId, { kind, workspace_id: workspaceId, agent_id: agentId }),
        });
        if (isOverflowed) throw new ApiError("too_large", "Logs limit exceeded: an agent may store 1 MiB.");
        return { status: 200, body: { message: "Logs stored." } };
      },
    }),
    route(endpoints.agentSelf.postLogSource)({
      access: "agent",
      async handle({ ctx, body }) {
        if (body.display_name.length > maxSourceNameLength) {
          const detail = `must have at most ${maxSourceNameLength} characters`;
          throw new ApiError("validation_failed", "Validation failed.", {
            validations: [{ field: "display_name", detail }],
          });
        }
        const source = await ensureLogSource(db, authorizeAgent(ctx, "workspace:update_agent", agentOf(ctx)), {
          id: body.id.toLowerCase(),
          displayName: body.display_name,
          icon: body.icon,
          nowMs: clock.now(),
        });
        return { status: 201, body: source };
      },
    }),
    route(endpoints.agentSelf.getAgentGitSshKey)({
      access: "agent",
      async handle({ ctx }) {
        const { ownerId, apiKeyScope } = agentOf(ctx);
        if (apiKeyScope === "no_user_data") {
          throw new ApiError("forbidden", "This agent may not read its owner's data: its template says so.");
        }
        const granted = authorize(ctx, "user:read_personal", { id: ownerId, ownerId });
        const pair = await readGitSshKeyPair(db, deps.sealKey, granted, clock.now());
        return { status: 200, body: { public_key: pair.publicKey, private_key: pair.privateKey } };
      },
    }),
  ];
}

import { endpoints } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import { authorize } from "../access/index.ts";
import { route, type Route } from "../ground/http/index.ts";
import { listSetAside, type SetAsideRow } from "../ground/outbox/index.ts";
import { dropEffects, requeueEffects, type SetAsideDeps } from "./set-aside.ts";

/** What could not be delivered: for owners, who alone may change the deployment. */
export function outboxRoutes(deps: SetAsideDeps): Route[] {
  return [
    route(endpoints.outbox.listSetAside)({
      access: "deployment_config:update",
      async handle({ ctx }) {
        const granted = authorize(ctx, "deployment_config:update", {});
        return { status: 200, granted, body: (await listSetAside(deps.db)).map(toApi) };
      },
    }),
    route(endpoints.outbox.requeueSetAside)({
      access: "deployment_config:update",
      async handle({ ctx, body }) {
        const granted = authorize(ctx, "deployment_config:update", {});
        return { status: 200, granted, body: (await requeueEffects(ctx, deps, granted, body.ids)).map(toApi) };
      },
    }),
    route(endpoints.outbox.dropSetAside)({
      access: "deployment_config:update",
      async handle({ ctx, body }) {
        const granted = authorize(ctx, "deployment_config:update", {});
        return { status: 200, granted, body: (await dropEffects(ctx, deps, granted, body.ids)).map(toApi) };
      },
    }),
  ];
}

function toApi({ created_at, set_aside_at, last_error, ...row }: SetAsideRow): api.SetAsideEffect {
  return {
    ...row,
    created_at: created_at.toISOString(),
    set_aside_at: (set_aside_at ?? created_at).toISOString(),
    last_error: last_error ?? "",
  };
}

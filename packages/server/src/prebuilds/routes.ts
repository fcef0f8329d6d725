import { endpoints } from "@hearth/sdk";
import type { Clock } from "@hearth/base";
import type { Db } from "../ground/database/index.ts";
import { route, type Route } from "../ground/http/index.ts";
import { authorize, authorizeOrHide } from "../access/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { getTemplate, templateObject } from "../templates/index.ts";
import { invalidatePools } from "./invalidate.ts";
import type { PoolRules } from "./plan-pool.ts";
import { listPools } from "./pools.ts";
import { changeSettings, readSettings } from "./prebuilds-settings.ts";

export interface PoolRouteDeps {
  readonly db: Db;
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly rules: PoolRules;
  /** `HEARTH_ALLOW_UNSANDBOXED=1`. */
  readonly allowUnsandboxed: boolean;
  /** What builds are told and leave in confidence is sealed with it. */
  readonly sealKey: Buffer;
}

export function prebuildRoutes(deps: PoolRouteDeps): Route[] {
  const { db } = deps;
  return [
    route(endpoints.prebuilds.getPrebuildsSettings)({
      access: "prebuilds_settings:read",
      async handle({ ctx }) {
        const granted = authorize(ctx, "prebuilds_settings:read", {});
        return { status: 200, granted, body: await readSettings(db, granted) };
      },
    }),
    route(endpoints.prebuilds.updatePrebuildsSettings)({
      access: "prebuilds_settings:update",
      async handle({ ctx, body }) {
        const granted = authorize(ctx, "prebuilds_settings:update", {});
        const hasChanged = await changeSettings(ctx, deps, granted, body);
        return hasChanged ? { status: 200, granted, body } : { status: 304, granted, body: undefined };
      },
    }),
    route(endpoints.hearth.listPools)({
      access: "template:read",
      load: ({ ctx, params }) => getTemplate(ctx, db, params.template),
      async handle({ ctx, loaded }) {
        return {
          status: 200,
          granted: loaded.granted,
          body: await listPools(ctx, deps, loaded.granted, loaded.active_version_id),
        };
      },
    }),
    route(endpoints.templates.invalidatePrebuilds)({
      access: "template:update",
      load: ({ ctx, params }) => getTemplate(ctx, db, params.template),
      async handle({ ctx, loaded }) {
        // Whoever may not change the template does not learn that there is something to change.
        const granted = authorizeOrHide(ctx, "template:update", templateObject(loaded));
        const invalidated = await invalidatePools(ctx, deps, granted, loaded);
        return { status: 200, granted, body: { invalidated } };
      },
    }),
  ];
}

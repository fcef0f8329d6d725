import { endpoints } from "@hearth/sdk";
import type { Clock } from "@hearth/base";
import { afterCommit, transaction, type Db } from "../ground/database/index.ts";
import { route, type Route } from "../ground/http/index.ts";
import { authorize, authorizeOrHide } from "../access/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { getTemplate, invalidatePresets, templateObject } from "../templates/index.ts";
import { wakePools } from "../workspaces/index.ts";
import type { PoolRules } from "./plan-pool.ts";
import { listPools } from "./pools.ts";
import { readSettings, writeSettings } from "./prebuilds-settings.ts";

export interface PoolRouteDeps {
  readonly db: Db;
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly rules: PoolRules;
  /** `HEARTH_ALLOW_UNSANDBOXED=1`. */
  readonly allowUnsandboxed: boolean;
}

export function prebuildRoutes(deps: PoolRouteDeps): Route[] {
  const { db, pubsub, clock } = deps;
  return [
    route(endpoints.prebuilds.getPrebuildsSettings)({
      access: "prebuilds_settings:read",
      async handle({ ctx }) {
        const granted = authorize(ctx, "prebuilds_settings:read", {});
        return { status: 200, granted, body: await readSettings(db) };
      },
    }),
    route(endpoints.prebuilds.updatePrebuildsSettings)({
      access: "prebuilds_settings:update",
      async handle({ ctx, body }) {
        const granted = authorize(ctx, "prebuilds_settings:update", {});
        const hasChanged = await transaction(db, { name: "prebuilds_settings", clock }, async (tx) => {
          if ((await readSettings(tx)).reconciliation_paused === body.reconciliation_paused) return false;
          await writeSettings(tx, body, clock.now());
          wakePools(tx, pubsub, body.reconciliation_paused ? "paused" : "resumed");
          return true;
        });
        return hasChanged ? { status: 200, granted, body } : { status: 304, granted, body: undefined };
      },
    }),
    route(endpoints.hearth.listPools)({
      access: "template:read",
      load: ({ ctx, params }) => getTemplate(ctx, db, params.template),
      async handle({ loaded }) {
        return {
          status: 200,
          granted: loaded.granted,
          body: await listPools(deps, { id: loaded.id, activeVersionId: loaded.active_version_id }),
        };
      },
    }),
    route(endpoints.templates.invalidatePrebuilds)({
      access: "template:update",
      load: ({ ctx, params }) => getTemplate(ctx, db, params.template),
      async handle({ ctx, loaded }) {
        // Whoever may not change the template does not learn that there is something to change.
        const granted = authorizeOrHide(ctx, "template:update", templateObject(loaded));
        const invalidated = await transaction(db, { name: "invalidate_prebuilds", clock }, async (tx) => {
          const presets = await invalidatePresets(tx, loaded.active_version_id, clock.now());
          const version = await tx
            .selectFrom("template_versions")
            .select("name")
            .where("id", "=", loaded.active_version_id)
            .executeTakeFirstOrThrow();
          wakePools(tx, pubsub, "preset_invalidated");
          afterCommit(tx, () => pubsub.publish("template", loaded.id, {}));
          return presets.map((name) => ({
            template_name: loaded.name,
            template_version_name: version.name,
            preset_name: name,
          }));
        });
        return { status: 200, granted, body: { invalidated } };
      },
    }),
  ];
}

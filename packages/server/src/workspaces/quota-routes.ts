import { endpoints } from "@hearth/sdk";
import type { Db } from "../ground/database/index.ts";
import { route, type Route } from "../ground/http/index.ts";
import { getDefaultOrganization, getOrganization, getUser } from "../identity/index.ts";
import { readQuota } from "./quota.ts";

/** What somebody has spent, and may; for whoever may read the user. */
export function quotaRoutes({ db }: { readonly db: Db }): Route[] {
  return [
    route(endpoints.quotas.getMemberQuota)({
      access: "user:read",
      async load({ ctx, params }) {
        const { id } = await getOrganization(ctx, db, params.organization);
        const { granted, id: ownerId } = await getUser(ctx, db, params.user);
        return { granted, spender: { ownerId, organizationId: id } };
      },
      async handle({ loaded: { granted, spender } }) {
        return { status: 200, granted, body: await readQuota(db, spender) };
      },
    }),
    route(endpoints.quotas.getQuota)({
      access: "user:read",
      async load({ ctx, params }) {
        const { granted, id } = await getUser(ctx, db, params.user);
        return { granted, spender: { ownerId: id, organizationId: (await getDefaultOrganization(db)).id } };
      },
      async handle({ loaded: { granted, spender } }) {
        return { status: 200, granted, body: await readQuota(db, spender) };
      },
    }),
  ];
}

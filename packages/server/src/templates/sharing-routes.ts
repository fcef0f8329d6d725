import { endpoints } from "@hearth/sdk";
import { authorize, type Context } from "../access/index.ts";
import { route, type Route } from "../ground/http/index.ts";
import { listAvailable, listShared, toApiUser } from "../identity/index.ts";
import { getTemplate, templateObject } from "./access.ts";
import { shareTemplate } from "./sharing.ts";
import type { TemplateDeps } from "./versions.ts";

/** Who has been given a template. Its list names people: only who may change it reads it. */
export function templateSharingRoutes(deps: TemplateDeps): Route[] {
  const { db } = deps;
  const load = ({ ctx, params }: { ctx: Context; params: { template: string } }) =>
    getTemplate(ctx, db, params.template);
  return [
    route(endpoints.sharing.getTemplateAcl)({
      access: "template:update",
      load,
      async handle({ ctx, loaded }) {
        const granted = authorize(ctx, "template:update", templateObject(loaded));
        const { users, groups } = await listShared(ctx, db, granted, loaded);
        return {
          status: 200,
          granted,
          body: { users: users.map(({ role, ...user }) => ({ ...toApiUser(user), role })), group: [...groups] },
        };
      },
    }),
    route(endpoints.sharing.updateTemplateAcl)({
      access: "template:update",
      load,
      async handle({ ctx, loaded, body }) {
        const granted = authorize(ctx, "template:update", templateObject(loaded));
        await shareTemplate(ctx, deps, granted, body);
        return { status: 200, granted, body: { message: "Successfully updated template ACL list." } };
      },
    }),
    route(endpoints.sharing.listAvailableForTemplate)({
      access: "template:update",
      load,
      async handle({ ctx, loaded, query }) {
        const granted = authorize(ctx, "template:update", templateObject(loaded));
        return { status: 200, granted, body: await listAvailable(ctx, db, granted, loaded.organization_id, query) };
      },
    }),
  ];
}

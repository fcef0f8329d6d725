import { sql } from "kysely";
import { endpoints } from "@hearth/sdk";
import type { Db } from "../ground/database/index.ts";
import { route, type Route } from "../ground/http/index.ts";
import { authorize, authorizeList } from "../access/index.ts";
import { getUser } from "../identity/index.ts";
import { visible } from "./list-workspaces.ts";

/** What a user gave last for each parameter of a template, in any workspace: the form begins with it. */
export function autofillRoutes({ db }: { db: Db }): Route[] {
  return [
    route(endpoints.users.listAutofillParameters)({
      access: "user:read_personal",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded, query }) {
        const granted = authorize(ctx, "user:read_personal", { id: loaded.id, ownerId: loaded.id });
        const { rows } = await sql<{ name: string; value: string }>`
          select distinct on (p.name) p.name, p.value
          from workspace_build_parameters p
          join workspace_builds b on b.id = p.build_id
          join workspaces w on w.id = b.workspace_id
          join template_versions v on v.id = b.template_version_id
          join template_version_parameters d on d.template_version_id = v.id and d.name = p.name and not d.ephemeral
          where ${visible(authorizeList(ctx, "workspace:read"))} and b.initiator_id = ${loaded.id} and b.transition = 'start' and v.template_id = ${query.template_id}
          order by p.name, b.created_at desc`.execute(db);
        return { status: 200, granted, body: rows };
      },
    }),
  ];
}

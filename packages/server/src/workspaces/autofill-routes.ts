import { endpoints } from "@hearth/sdk";
import type { Db } from "../ground/database/index.ts";
import { route, type Route } from "../ground/http/index.ts";
import { authorize, authorizeList } from "../access/index.ts";
import { getUser } from "../identity/index.ts";
import { findAutofill } from "./autofill.ts";

/** What a user gave last for each parameter of a template, in any workspace: the form begins with it. */
export function autofillRoutes({ db }: { db: Db }): Route[] {
  return [
    route(endpoints.users.listAutofillParameters)({
      access: "user:read_personal",
      load: ({ ctx, params }) => getUser(ctx, db, params.user),
      async handle({ ctx, loaded, query }) {
        const granted = authorize(ctx, "user:read_personal", { id: loaded.id, ownerId: loaded.id });
        const workspaces = authorizeList(ctx, "workspace:read");
        return { status: 200, granted, body: await findAutofill(db, granted, workspaces, query.template_id) };
      },
    }),
  ];
}

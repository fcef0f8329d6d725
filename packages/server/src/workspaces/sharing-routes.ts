import { endpoints } from "@hearth/sdk";
import type { Context } from "../access/index.ts";
import { route, type Route } from "../ground/http/index.ts";
import { listShared } from "../identity/index.ts";
import { authorizeWorkspace, getWorkspace, type GrantedWorkspace } from "./access.ts";
import { shareWorkspace, unshareWorkspace, type SharingDeps } from "./sharing.ts";

/** With whom a workspace is shared. Its list names people: only who may share it reads it. */
export function workspaceSharingRoutes(deps: SharingDeps): Route[] {
  const { db } = deps;
  const load = ({ ctx, params }: { ctx: Context; params: { workspace: string } }) =>
    getWorkspace(ctx, db, params.workspace);
  const done = (granted: GrantedWorkspace<"workspace:share">) => ({ status: 204, granted, body: undefined }) as const;
  return [
    route(endpoints.sharing.getWorkspaceAcl)({
      access: "workspace:share",
      load,
      async handle({ ctx, loaded }) {
        const granted = authorizeWorkspace(ctx, "workspace:share", loaded);
        const { users, groups } = await listShared(ctx, db, granted, loaded);
        const shown = users.map(({ id, username, name, avatar_url, role }) => ({
          id,
          username,
          ...(name === "" ? {} : { name }),
          ...(avatar_url === "" ? {} : { avatar_url }),
          role,
        }));
        return { status: 200, granted, body: { users: shown, group: [...groups] } };
      },
    }),
    route(endpoints.sharing.updateWorkspaceAcl)({
      access: "workspace:share",
      load,
      async handle({ ctx, loaded, body }) {
        const granted = authorizeWorkspace(ctx, "workspace:share", loaded);
        await shareWorkspace(ctx, deps, granted, body);
        return done(granted);
      },
    }),
    route(endpoints.sharing.deleteWorkspaceAcl)({
      access: "workspace:share",
      load,
      async handle({ ctx, loaded }) {
        const granted = authorizeWorkspace(ctx, "workspace:share", loaded);
        await unshareWorkspace(ctx, deps, granted);
        return done(granted);
      },
    }),
  ];
}

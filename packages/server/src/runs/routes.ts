import { endpoints } from "@hearth/sdk";
import { maxExecBodyBytes, readExec } from "../agents/index.ts";
import { authorize, can, type Context } from "../access/index.ts";
import { route, userOf, type Route } from "../ground/http/index.ts";
import { idempotencyKeyOf } from "../workspaces/index.ts";
import { planRun } from "./plan-run.ts";
import { repeatRun } from "./repeat-run.ts";
import { runWorkspace, type RunDeps } from "./run-workspace.ts";
import { findRunOfKey } from "./store.ts";
import { untilDeleted } from "./until-deleted.ts";

/** A workspace and a command in one request. */
export function runRoutes(deps: RunDeps, running: Set<Promise<void>>): Route[] {
  const { db } = deps;
  return [
    route(endpoints.commands.run)({
      access: "workspace:ssh",
      maxBodyBytes: maxExecBodyBytes,
      anyText: true,
      async stream({ ctx, body, request }, open) {
        const deletes = body.delete === "after";
        requireRights(ctx, deps, deletes);
        const exec = body.command === undefined ? undefined : readExec(body.command);
        const key = idempotencyKeyOf(request.headers["idempotency-key"], body);
        const owner = ownerOf(ctx);
        const known = key === undefined ? undefined : await findRunOfKey(db, owner.id, key.key);
        if (known !== undefined && key !== undefined) {
          return await repeatRun(ctx, deps, { run: known, bodyHash: key.bodyHash }, open);
        }
        const planned = await planRun(ctx, db, body.workspace);
        const run = { request: planned, owner, exec, agent: body.agent, deletes, key };
        const streamOf: { opened?: ReturnType<typeof open> } = {};
        const working = runWorkspace(ctx, deps, run, (granted) => (streamOf.opened = open(granted)));
        // The end is written down though its client has left, and before the server stops.
        const work = working.then(
          () => undefined,
          () => undefined, // told to the client
        );
        running.add(work);
        void work.finally(() => running.delete(work));
        const workspaceId = await working;
        if (deletes && streamOf.opened !== undefined) {
          await untilDeleted(deps.deletions, workspaceId, streamOf.opened);
        }
      },
    }),
  ];
}

function ownerOf(ctx: Context) {
  const { userId: id, username } = userOf(ctx);
  return { id, username };
}

/** All that it takes, before anything is begun: of a workspace that is not there, so a key that is bound to some has none. */
function requireRights(ctx: Context, { organizationId }: RunDeps, deletes: boolean): void {
  const object = { ownerId: userOf(ctx).userId, organizationId };
  const actions = ["workspace:create", "workspace:ssh", ...(deletes ? (["workspace:delete"] as const) : [])] as const;
  const missing = actions.find((action) => !can(ctx, action, object));
  if (missing !== undefined) void authorize(ctx, missing, object).action;
}

import type { Clock } from "@hearth/base";
import type * as api from "@hearth/sdk";
import { withRoles, type Acl, type Context } from "../access/index.ts";
import { afterCommit, transaction, type Db, type Tx } from "../ground/database/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { refuseStrangers, refuseWiderShare } from "../identity/index.ts";
import { refusePrebuild, type GrantedWorkspace } from "./access.ts";
import { announceWorkspace } from "./events.ts";

export interface SharingDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly pubsub: PubSub;
}

interface Lists {
  readonly user_acl: Acl;
  readonly group_acl: Acl;
}

/**
 * Shares a workspace with users and groups, or ends that for them. Who holds something of it open is asked again.
 * @throws ApiError `validation_failed` for whoever is not in the workspace's organization, `conflict` for a pool's
 */
export async function shareWorkspace(
  ctx: Context,
  deps: SharingDeps,
  granted: GrantedWorkspace<"workspace:share">,
  { user_roles, group_roles }: api.UpdateWorkspaceACL,
): Promise<void> {
  const { id, organizationId } = granted.object;
  refusePrebuild(granted, "Sharing");
  const shares = {
    users: { field: "user_roles", roles: user_roles },
    groups: { field: "group_roles", roles: group_roles },
  };
  refuseWiderShare(ctx, { type: "workspace", id }, shares);
  await transaction(ctx, deps.db, { name: "share_workspace", clock: deps.clock }, async (tx) => {
    await refuseStrangers(tx, organizationId, shares);
    await changeLists(tx, deps, granted, ({ user_acl, group_acl }) => ({
      user_acl: withRoles(user_acl, user_roles),
      group_acl: withRoles(group_acl, group_roles),
    }));
  });
}

/** Shares a workspace with nobody. */
export async function unshareWorkspace(
  ctx: Context,
  deps: SharingDeps,
  granted: GrantedWorkspace<"workspace:share">,
): Promise<void> {
  await transaction(ctx, deps.db, { name: "unshare_workspace", clock: deps.clock }, async (tx) => {
    await changeLists(tx, deps, granted, () => ({ user_acl: {}, group_acl: {} }));
  });
}

async function changeLists(
  tx: Tx,
  { clock, pubsub }: SharingDeps,
  { object: { id, ownerId } }: GrantedWorkspace<"workspace:share">,
  change: (lists: Lists) => Lists,
): Promise<void> {
  const before = await tx
    .selectFrom("workspaces")
    .select(["user_acl", "group_acl"])
    .where("id", "=", id)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const { user_acl, group_acl } = change(before);
  await tx
    .updateTable("workspaces")
    .set({
      user_acl: JSON.stringify(user_acl),
      group_acl: JSON.stringify(group_acl),
      updated_at: new Date(clock.now()),
    })
    .where("id", "=", id)
    .execute();
  announceWorkspace(tx, pubsub, { ownerId, workspaceId: id });
  const takenFrom = [...missing(before.user_acl, user_acl), ...missing(before.group_acl, group_acl)];
  afterCommit(tx, () => pubsub.publish("object_access", id, namedWhereFew(takenFrom)));
}

function missing(before: Acl, after: Acl): string[] {
  return Object.keys(before).filter((id) => after[id] === undefined);
}

/** So that an announcement keeps within what one may hold. Who is not named finds out when it next reads. */
function namedWhereFew(takenFrom: readonly string[]): { taken_from?: string[] } {
  return takenFrom.length === 0 ? {} : { taken_from: takenFrom.slice(0, 100) };
}

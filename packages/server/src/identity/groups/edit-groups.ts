import { randomUUID } from "node:crypto";
import type { Clock } from "@hearth/base";
import { ApiError, type CreateGroupRequest, type PatchGroupRequest } from "@hearth/sdk";
import type { Context, Granted, Thing } from "../../access/index.ts";
import { afterCommit, transaction, violatedUnique, type Db, type Tx } from "../../ground/database/index.ts";
import { findUuid } from "../../ground/http/index.ts";
import type { PubSub } from "../../ground/pubsub/index.ts";
import { refuseWider, wholeUser } from "../credentials.ts";
import { faultOfDisplayName, faultOfName, refuseFaults } from "../names.ts";
import { requireRankOfGroup } from "../rank.ts";
import { announceAccessChanged } from "../access-changed.ts";
import { isEveryone, type GroupRow } from "./find-groups.ts";
import { findGroupMembers } from "./find-members.ts";

export interface GroupDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly pubsub: PubSub;
}

/** What an `integer` of PostgreSQL holds. */
const largestAllowance = 2_147_483_647;

/** What permissions on a group are asked for. */
export function groupObject({ id, organization_id: organizationId }: Pick<GroupRow, "id" | "organization_id">) {
  return { id, organizationId };
}

/** @throws ApiError `validation_failed` for what no group can be */
export function refuseNewGroup(request: CreateGroupRequest): void {
  refuseFaults([["name", faultOfGroupName(request.name)], ...faultsOfSettings(request)]);
}

/** Makes a group without members, and gives its id. @throws ApiError `name_taken` */
export async function createGroup(
  { db, clock }: GroupDeps,
  { object: { organizationId } }: Granted<"group:create", { readonly organizationId: string }>,
  request: CreateGroupRequest,
): Promise<string> {
  const id = randomUUID();
  const now = new Date(clock.now());
  try {
    await db
      .insertInto("groups")
      .values({
        id,
        organization_id: organizationId,
        name: request.name,
        display_name: request.display_name ?? "",
        avatar_url: request.avatar_url ?? "",
        quota_allowance: request.quota_allowance ?? 0,
        created_at: now,
        updated_at: now,
      })
      .execute();
  } catch (error) {
    throw asNameTaken(error, request.name);
  }
  return id;
}

/** @throws ApiError `validation_failed` for what the group cannot become */
export function refuseGroupChange(group: GroupRow, request: PatchGroupRequest): void {
  const added = request.add_users ?? [];
  const removed = request.remove_users ?? [];
  refuseFaults([
    ["name", isRenaming(group, request) ? faultOfGroupName(request.name) : undefined],
    ...faultsOfSettings(request),
    ["add_users", faultOfIds(added)],
    ["remove_users", faultOfIds(removed) ?? faultOfBoth(added, removed)],
  ]);
}

function isRenaming(group: GroupRow, { name }: PatchGroupRequest): boolean {
  return name !== undefined && name !== "" && name !== group.name;
}

/**
 * Changes a group and who is in it, both or neither. Who comes and who goes hears of it once that is committed.
 *
 * @throws ApiError `validation_failed` for users who are not in the organization, `precondition_failed` for what the group
 *   of everyone cannot have, `name_taken`, `forbidden` for who may do less than the group is given
 */
export async function updateGroup(
  ctx: Context,
  { db, clock, pubsub }: GroupDeps,
  { object: { id } }: Granted<"group:update", Thing>,
  group: GroupRow,
  request: PatchGroupRequest,
): Promise<void> {
  if (group.id !== id) throw new Error("a right on another group");
  const added = request.add_users ?? [];
  const removed = request.remove_users ?? [];
  const isRenamed = isRenaming(group, request);
  if (isEveryone(group)) refuseOfEveryone(group, request, isRenamed);
  // What lists give the group, they have from then on, beyond what the asker's key reaches.
  if (added.length > 0) {
    refuseWider(ctx, wholeUser);
    await requireRankOfGroup(ctx, db, group);
  }
  const now = new Date(clock.now());
  try {
    await transaction(ctx, db, { name: "update_group", clock }, async (tx) => {
      await tx
        .updateTable("groups")
        .set({
          ...(isRenamed ? { name: request.name } : {}),
          // What is null, or not there, stays as it is.
          display_name: request.display_name ?? undefined,
          avatar_url: request.avatar_url ?? undefined,
          quota_allowance: request.quota_allowance ?? undefined,
          updated_at: now,
        })
        .where("id", "=", id)
        .execute();
      if (added.length > 0) await addMembers(tx, group, added, now);
      if (removed.length > 0) {
        await tx.deleteFrom("group_members").where("group_id", "=", id).where("user_id", "in", removed).execute();
      }
      afterCommit(tx, () => {
        for (const userId of [...added, ...removed]) announceAccessChanged(pubsub, userId.toLowerCase());
      });
    });
  } catch (error) {
    throw asNameTaken(error, request.name ?? "");
  }
}

/** Deletes a group. @throws ApiError `precondition_failed` for that of everyone */
export async function deleteGroup(
  ctx: Context,
  { db, clock, pubsub }: GroupDeps,
  { object: { id } }: Granted<"group:delete", Thing>,
  group: GroupRow,
): Promise<void> {
  if (group.id !== id) throw new Error("a right on another group");
  if (isEveryone(group)) {
    throw new ApiError("precondition_failed", `"${group.name}" is the group of everyone and cannot be deleted.`);
  }
  await transaction(ctx, db, { name: "delete_group", clock }, async (tx) => {
    const members = await findGroupMembers(tx, [id]);
    await tx.deleteFrom("groups").where("id", "=", id).execute();
    afterCommit(tx, () => {
      for (const member of members) announceAccessChanged(pubsub, member.id);
    });
  });
}

async function addMembers(tx: Tx, group: GroupRow, userIds: readonly string[], now: Date): Promise<void> {
  const wanted = [...new Set(userIds.map((id) => id.toLowerCase()))];
  const there = await tx
    .selectFrom("organization_members")
    .select("user_id")
    .where("organization_id", "=", group.organization_id)
    .where("user_id", "in", wanted)
    .execute();
  const known = new Set(there.map(({ user_id }) => user_id));
  const strangers = wanted.filter((id) => !known.has(id));
  if (strangers.length > 0) {
    const detail = `${strangers.join(", ")}: not in the organization "${group.organization_name}"`;
    refuseFaults([["add_users", detail]]);
  }
  await tx
    .insertInto("group_members")
    .values(
      wanted.map((id) => ({
        group_id: group.id,
        organization_id: group.organization_id,
        user_id: id,
        created_at: now,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

function refuseOfEveryone(group: GroupRow, request: PatchGroupRequest, isRenamed: boolean): void {
  const why = isRenamed
    ? "cannot be renamed"
    : (request.display_name ?? group.display_name) !== group.display_name
      ? "has no display name of its own"
      : (request.add_users ?? []).length + (request.remove_users ?? []).length > 0
        ? "has the organization's members: add them there, or remove them"
        : undefined;
  if (why !== undefined) throw new ApiError("precondition_failed", `The group of everyone ${why}.`);
}

function faultOfGroupName(name: string | undefined): string | undefined {
  if (name?.toLowerCase() === "everyone") return `"${name}" is the name of the group of everyone`;
  return faultOfName(name ?? "");
}

function faultsOfSettings(request: {
  readonly display_name?: string | null | undefined;
  readonly avatar_url?: string | null | undefined;
  readonly quota_allowance?: number | null | undefined;
}): [string, string | undefined][] {
  const allowance = request.quota_allowance ?? 0;
  return [
    ["display_name", faultOfDisplayName(request.display_name ?? "")],
    ["avatar_url", (request.avatar_url ?? "").length > 2048 ? "must be at most 2048 characters" : undefined],
    [
      "quota_allowance",
      allowance < 0 || allowance > largestAllowance ? `must be from 0 to ${largestAllowance}` : undefined,
    ],
  ];
}

function faultOfIds(ids: readonly string[]): string | undefined {
  const wrong = ids.filter((id) => findUuid(id) === undefined);
  return wrong.length === 0 ? undefined : `"${wrong.join(", ")}" is no id of a user`;
}

function faultOfBoth(added: readonly string[], removed: readonly string[]): string | undefined {
  const both = removed.filter((id) => added.includes(id));
  return both.length === 0 ? undefined : `${both.join(", ")}: in add_users as well`;
}

function asNameTaken(error: unknown, name: string): unknown {
  if (violatedUnique(error) !== "groups_organization_id_name_key") return error;
  return new ApiError("name_taken", `A group with name "${name}" already exists.`, {
    cause: error,
    validations: [{ field: "name", detail: "This value is already in use and should be unique." }],
  });
}

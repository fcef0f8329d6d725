import type { UserAppearanceSettings, UserPreferenceSettings } from "@hearth/sdk";
import type { Clock } from "@hearth/base";
import type { Context, Granted, Thing } from "../access/index.ts";
import { afterCommit, transaction, type Db } from "../ground/database/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { announceAccessChanged } from "./access-changed.ts";
import { lockOutranked } from "./lock-outranked.ts";
import { asNameTaken, readUser, type UserRow, type UserWithOrganizations } from "./users-store.ts";

export interface UserWriteDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly pubsub: PubSub;
}

type Personal = Granted<"user:update_personal", Thing>;

/** @throws ApiError `name_taken` */
export async function setProfile(
  deps: UserWriteDeps,
  granted: Personal,
  profile: { readonly username: string; readonly name: string; readonly avatarUrl: string | undefined },
): Promise<UserWithOrganizations> {
  const { username, name, avatarUrl } = profile;
  try {
    return await update(deps, granted.object.id, {
      username,
      name,
      ...(avatarUrl === undefined ? {} : { avatar_url: avatarUrl }),
    });
  } catch (error) {
    throw asNameTaken(error);
  }
}

export async function setAppearance(
  deps: UserWriteDeps,
  granted: Personal,
  appearance: UserAppearanceSettings,
): Promise<void> {
  await update(deps, granted.object.id, { appearance: JSON.stringify(appearance) });
}

export async function setPreferences(
  deps: UserWriteDeps,
  granted: Personal,
  preferences: UserPreferenceSettings,
): Promise<void> {
  await update(deps, granted.object.id, { preferences: JSON.stringify(preferences) });
}

/**
 * Changes the password and ends every session and token, together: whoever knew the old password must not stay, also when
 * this server ends between the two.
 * @throws ApiError `not_found` for one who is gone, `forbidden` for one who may do more than whoever asks
 */
export async function setPassword(
  ctx: Context,
  { db, clock, pubsub }: UserWriteDeps,
  { object: { id } }: Personal,
  passwordHash: string,
): Promise<void> {
  await transaction(ctx, db, { name: "change_password", clock }, async (tx) => {
    await lockOutranked(ctx, tx, id);
    await tx
      .updateTable("users")
      .set({ password_hash: passwordHash, updated_at: new Date(clock.now()) })
      .where("id", "=", id)
      .execute();
    await tx.deleteFrom("api_keys").where("user_id", "=", id).execute();
    afterCommit(tx, () => announceAccessChanged(pubsub, id));
  });
}

type UserColumns = Partial<Pick<UserRow, "username" | "name" | "avatar_url">> & {
  readonly appearance?: string;
  readonly preferences?: string;
};

async function update({ db, clock }: UserWriteDeps, id: string, columns: UserColumns): Promise<UserWithOrganizations> {
  await db
    .updateTable("users")
    .set({ ...columns, updated_at: new Date(clock.now()) })
    .where("id", "=", id)
    .execute();
  return await readUser(db, id);
}

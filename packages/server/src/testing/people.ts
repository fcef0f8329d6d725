import { createHash, randomUUID } from "node:crypto";
import { silentLogger } from "@hearth/base";
import { createContext, type Context, type UserActor } from "../access/index.ts";
import type { World } from "./world.ts";

/** Somebody who may ask, by `ctx` or over HTTP by `key`. */
export interface User {
  readonly id: string;
  readonly username: string;
  readonly avatarUrl: string;
  readonly ctx: Context;
  /** A session key, for a month. */
  readonly key: string;
}

const longMs = 30 * 86_400_000;

/** A member of the world's organization, with these roles of the deployment. */
export async function insertUser(
  { db, clock, organizationId }: Pick<World, "db" | "clock" | "organizationId">,
  username: string,
  roles: readonly string[] = [],
): Promise<User> {
  const id = randomUUID();
  const now = new Date(clock.now());
  const times = { created_at: now, updated_at: now };
  await db
    .insertInto("users")
    .values({
      id,
      username,
      email: `${username}@example.com`,
      login_type: "password",
      status: "active",
      roles: [...roles],
      ...times,
    })
    .execute();
  await db
    .insertInto("organization_members")
    .values({ organization_id: organizationId, user_id: id, roles: [], ...times })
    .execute();
  const keyId = id.slice(-10);
  const secret = id.replaceAll("-", "").slice(0, 22);
  await db
    .insertInto("api_keys")
    .values({
      id: keyId,
      user_id: id,
      hashed_secret: createHash("sha256").update(secret).digest(),
      login_type: "password",
      lifetime_seconds: 86_400,
      last_used: now,
      expires_at: new Date(now.getTime() + longMs),
      ...times,
    })
    .execute();
  const actor: UserActor = {
    kind: "user",
    userId: id,
    username,
    roles: [...roles, "member"],
    organizationRoles: new Map([[organizationId, ["organization-member"]]]),
    customRoles: [],
    groupIds: [],
    keyId,
    scopes: ["coder:all"],
    allowList: ["*:*"],
  };
  const ctx = createContext(actor, silentLogger, new AbortController().signal);
  return { id, username, avatarUrl: "", ctx, key: `${keyId}-${secret}` };
}

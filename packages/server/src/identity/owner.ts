import { defineQuery, takeLock, transaction, type Db, type Tx } from "../ground/database/index.ts";
import { authorize, type Context } from "../access/index.ts";
import { addMember, getDefaultOrganization } from "./organizations.ts";
import { assertStrongPassword, hashPassword } from "./password.ts";
import { insertUser, type UserRow } from "./users-store.ts";

export interface NewOwner {
  readonly username: string;
  readonly email: string;
  readonly password: string;
}

/** The owner who has been there longest, of those who can act: not deleted, not suspended. */
export async function findOwner(db: Db | Tx): Promise<UserRow | undefined> {
  return await db
    .selectFrom("users")
    .selectAll()
    .where((eb) => eb.not("deleted"))
    .where((eb) => eb.not("is_system"))
    .where("status", "<>", "suspended")
    .where((eb) => eb(eb.val("owner"), "=", eb.fn.any("roles")))
    .orderBy("created_at")
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
}

/**
 * The owner; made, in the default organization, when there is none. Of several replicas that try at once exactly one
 * makes it, and `describe` is called by that one alone, before the account is there: what must outlive a crash it keeps.
 * @throws ApiError `validation_failed` for a weak password, `name_taken` for names that another account has
 */
export async function ensureOwnerUser(
  ctx: Context,
  db: Db,
  describe: (tx: Tx) => Promise<NewOwner>,
  nowMs: number,
): Promise<{ user: UserRow; isNew: boolean }> {
  const known = await findOwner(db);
  if (known !== undefined) return { user: known, isNew: false };
  return await transaction(ctx, db, { name: "first_user" }, async (tx) => {
    await takeLock(tx, "firstUser");
    const other = await findOwner(tx);
    if (other !== undefined) return { user: other, isNew: false };
    const { username, email, password } = await describe(tx);
    assertStrongPassword(password);
    const organization = await getDefaultOrganization(tx);
    const granted = authorize(ctx, "user:create", {});
    const user = await insertUser(tx, granted, {
      username,
      name: "",
      email,
      passwordHash: await hashPassword(password),
      loginType: "password",
      status: "active",
      roles: ["owner"],
      nowMs,
    });
    await addMember(tx, granted, { organizationId: organization.id, userId: user.id, nowMs });
    return { user, isNew: true };
  });
}

type Name = { readonly username: string } | { readonly email: string };

const findNamed = defineQuery({
  name: "identity.find_name",
  samples: [{ username: "ada" }, { email: "ada@example.com" }],
  build: (db, by: Name) =>
    db
      .selectFrom("users")
      .select("id")
      .where((eb) => eb.not("deleted"))
      .where((eb) =>
        "username" in by
          ? eb(eb.fn<string>("lower", ["username"]), "=", by.username.toLowerCase())
          : eb.and([eb(eb.fn<string>("lower", ["email"]), "=", by.email.toLowerCase()), eb.not("is_system")]),
      )
      .limit(1),
});

/** Whether an account that is not deleted has this username or e-mail address, in any letter case. */
export async function isNameInUse(db: Db | Tx, by: Name): Promise<boolean> {
  return (await findNamed(db, by).executeTakeFirst()) !== undefined;
}

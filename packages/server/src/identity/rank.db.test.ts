import { afterAll, beforeAll, expect, test } from "vitest";
import { authorize, createContext, type Context } from "../access/index.ts";
import { contextOfSystem } from "../access/testing/index.ts";
import { transaction } from "../ground/database/index.ts";
import { openGround, refusalOf, someoneWaitsForALock, World, type User } from "../testing/index.ts";
import { removeMember } from "./members.ts";
import { setMemberRoles, setSiteRoles, setUserStatus } from "./standing.ts";
import { setPassword } from "./user-writes.ts";
import { deleteUser } from "./users.ts";

let world: World;
/** Administers users, here and in the organization, and is no owner. */
let admin: Context;
beforeAll(async () => {
  world = new World(await openGround());
  const { ctx } = await world.createUser("admin", ["user-admin"]);
  if (ctx.actor.kind !== "user") throw new Error("no user");
  const organizationRoles = new Map([[world.organizationId, ["organization-member", "organization-user-admin"]]]);
  admin = createContext({ ...ctx.actor, organizationRoles }, ctx.log, ctx.signal);
});
afterAll(() => world[Symbol.asyncDispose]());

const user = ({ id }: User) => ({ id, ownerId: id });
const member = ({ id }: User) => ({ id, organizationId: world.organizationId });

/** Somebody is given this role while the act waits for their row. Resolves with what the act is refused with. */
async function promotedMeanwhile(
  whom: User,
  role: "owner" | "organization-admin",
  act: () => Promise<unknown>,
): Promise<{ code: string }> {
  const { db, organizationId } = world;
  let acting: Promise<{ code: string }> | undefined;
  await transaction(contextOfSystem("setup"), db, { name: "promote" }, async (tx) => {
    await (
      role === "owner"
        ? tx
            .updateTable("users")
            .set({ roles: [role] })
            .where("id", "=", whom.id)
        : tx
            .updateTable("organization_members")
            .set({ roles: [role] })
            .where("organization_id", "=", organizationId)
            .where("user_id", "=", whom.id)
    ).execute();
    acting = refusalOf(act());
    await Promise.race([someoneWaitsForALock(db), acting.catch(() => undefined)]);
  });
  if (acting === undefined) throw new Error("nothing was done");
  return await acting;
}

test.for<[what: string, role: "owner" | "organization-admin", act: (whom: User) => Promise<unknown>, code?: string]>([
  ["activated", "owner", (whom) => setUserStatus(admin, world, authorize(admin, "user:update", user(whom)), "active")],
  [
    "suspended",
    "owner",
    (whom) => setUserStatus(admin, world, authorize(admin, "user:update", user(whom)), "suspended"),
    "precondition_failed",
  ],
  [
    "suspended",
    "organization-admin",
    (whom) => setUserStatus(admin, world, authorize(admin, "user:update", user(whom)), "suspended"),
  ],
  ["deleted", "owner", (whom) => deleteUser(admin, world.db, authorize(admin, "user:delete", user(whom)), 0)],
  [
    "deleted",
    "organization-admin",
    (whom) => deleteUser(admin, world.db, authorize(admin, "user:delete", user(whom)), 0),
  ],
  [
    "given other roles",
    "owner",
    (whom) =>
      setSiteRoles(admin, world, authorize(admin, "assign_role:assign", {}), { userId: whom.id, roles: ["auditor"] }),
  ],
  [
    "given other roles in the organization",
    "organization-admin",
    (whom) =>
      setMemberRoles(
        admin,
        world,
        authorize(admin, "organization_member:update", member(whom)),
        authorize(admin, "assign_org_role:assign", { organizationId: world.organizationId }),
        [],
      ),
  ],
  [
    "taken out of the organization",
    "organization-admin",
    (whom) => removeMember(admin, world, authorize(admin, "organization_member:delete", member(whom))),
  ],
  [
    "given another password",
    "owner",
    (whom) => setPassword(admin, world, authorize(admin, "user:update_personal", user(whom)), "hash"),
  ],
])("nobody is %s by whom they outrank, who just became %s", async ([what, role, act, code = "forbidden"]) => {
  const whom = await world.createUser(`${what} ${role}`.replaceAll(" ", "-"));
  const before = await everythingOf(whom);

  const refused = await promotedMeanwhile(whom, role, () => act(whom));

  expect(refused).toMatchObject({ code });
  // What was refused changed nothing but what the promotion did.
  expect(await everythingOf(whom)).toEqual(before);
});

async function everythingOf({ id }: User) {
  const { db } = world;
  return [
    await db.selectFrom("users").select(["status", "deleted", "password_hash"]).where("id", "=", id).execute(),
    await db.selectFrom("organization_members").select("organization_id").where("user_id", "=", id).execute(),
    await db.selectFrom("api_keys").select("id").where("user_id", "=", id).execute(),
  ];
}

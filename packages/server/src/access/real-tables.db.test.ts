import { randomBytes, randomUUID } from "node:crypto";
import fc from "fast-check";
import { sql } from "kysely";
import { silentLogger, systemClock } from "@hearth/base";
import { createTestDatabase, type TestDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Database, type Db } from "../ground/database/index.ts";
import { createAuthenticate, insertKey } from "../identity/index.ts";
import { templateObject, visibleTemplate } from "../templates/index.ts";
import { visibleWorkspace, workspaceObject } from "../workspaces/index.ts";
import type { UserActor } from "./actor.ts";
import { actions } from "./catalogue.ts";
import { decide } from "./reach.ts";
import { grantFor } from "./testing/index.ts";
import { GrantedList } from "./granted.ts";
import { reachOf } from "./reach-of.ts";
import { organizationRoles, siteRoles } from "./roles.ts";
import { acl, permission } from "./testing/arbitraries.ts";

const now = new Date(0);
const few = (count: number): string[] => Array.from({ length: count }, () => randomUUID());
const [users, organizations, groups] = [few(3), few(2), few(4)];
const [templates, workspaces] = [few(6), few(10)];
/** Two groups an organization. */
const organizationOf = (index: number): string => organizations[index % organizations.length] ?? "";

let testDatabase: TestDatabase;
let database: Database;
let db: Db;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = new Database({ connectionString: testDatabase.connectionString, maxConnections: 1 }, () => undefined);
  db = database.db;
  const times = { created_at: now, updated_at: now };
  const named = (ids: readonly string[]) => ids.map((id) => ({ id, name: id.slice(0, 8), ...times }));
  await db.insertInto("organizations").values(named(organizations)).execute();
  const people = users.map((id) => ({ id, username: id.slice(0, 8), email: `${id}@example.com`, ...times }));
  await db
    .insertInto("users")
    .values(people.map((user) => ({ ...user, login_type: "password" as const, status: "active" as const })))
    .execute();
  await db
    .insertInto("groups")
    .values(named(groups).map((group, index) => ({ ...group, organization_id: organizationOf(index) })))
    .execute();
  await db
    .insertInto("templates")
    .values(
      named(templates).map((template, index) => ({
        ...template,
        organization_id: organizationOf(index),
        active_version_id: randomUUID(),
        created_by: users[0] ?? "",
      })),
    )
    .execute();
  await db
    .insertInto("workspaces")
    .values(
      named(workspaces).map((workspace, index) => ({
        ...workspace,
        organization_id: organizationOf(index),
        owner_id: users[index % users.length] ?? "",
        template_id: templates[index % templates.length] ?? "",
        host_key_seed: randomBytes(32),
        last_used_at: now,
      })),
    )
    .execute();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await testDatabase[Symbol.asyncDispose]();
});

const names = (roles: readonly { name: string }[]) => roles.map(({ name }) => name);
/** Permissions of a role that an operator made; what takes away among them. */
const permissions = fc.array(permission, { maxLength: 4 });
const customName = "of-our-own";
const roles = (builtIn: readonly string[]) =>
  fc.uniqueArray(fc.constantFrom(...builtIn, customName, customName), { maxLength: 3 });
const world = fc.record({
  siteRoles: roles(names(siteRoles).filter((name) => name !== "owner")),
  /** By organization; undefined: no member. */
  memberships: fc.array(fc.option(roles(names(organizationRoles)), { nil: undefined, freq: 4 }), {
    minLength: organizations.length,
    maxLength: organizations.length,
  }),
  /** Whether each custom role is there: the deployment's, then the organizations'. */
  site: fc.record({ site: permissions, user: permissions }),
  inOrganizations: fc.array(fc.record({ organization: permissions, member: permissions }), {
    minLength: organizations.length,
    maxLength: organizations.length,
  }),
  groups: fc.subarray(groups),
  acls: fc.array(fc.record({ user: acl(users), group: acl([...groups, ...organizations]) }), {
    minLength: templates.length + workspaces.length,
    maxLength: templates.length + workspaces.length,
  }),
});
type World = typeof world extends fc.Arbitrary<infer Value> ? Value : never;

/** Writes the world into the tables, and lets the first user in. */
async function enter(given: World): Promise<UserActor> {
  const userId = users[0] ?? "";
  const times = { created_at: now, updated_at: now };
  await db.deleteFrom("api_keys").execute();
  await db.deleteFrom("custom_roles").execute();
  await db.deleteFrom("organization_members").execute();
  await db.updateTable("users").set({ roles: given.siteRoles }).where("id", "=", userId).execute();
  await db
    .insertInto("custom_roles")
    .values([
      {
        id: randomUUID(),
        name: customName,
        site_permissions: given.site.site,
        user_permissions: given.site.user,
        ...times,
      },
      ...given.inOrganizations.map((role, index) => ({
        id: randomUUID(),
        organization_id: organizationOf(index),
        name: customName,
        organization_permissions: role.organization,
        member_permissions: role.member,
        ...times,
      })),
    ])
    .execute();
  const held = given.memberships.flatMap((roles, index) =>
    roles === undefined ? [] : [{ organization_id: organizationOf(index), user_id: userId, roles, ...times }],
  );
  if (held.length > 0) await db.insertInto("organization_members").values(held).execute();
  const inGroups = given.groups
    .map((id) => ({ group_id: id, organization_id: organizationOf(groups.indexOf(id)), user_id: userId }))
    .filter((row) => held.some((membership) => membership.organization_id === row.organization_id));
  if (inGroups.length > 0) {
    await db
      .insertInto("group_members")
      .values(inGroups.map((row) => ({ ...row, created_at: now })))
      .execute();
  }
  for (const [index, { user, group }] of given.acls.entries()) {
    const set = { user_acl: JSON.stringify(user), group_acl: JSON.stringify(group) };
    const workspaceId = workspaces[index - templates.length];
    if (workspaceId === undefined)
      await db
        .updateTable("templates")
        .set(set)
        .where("id", "=", templates[index] ?? "")
        .execute();
    else await db.updateTable("workspaces").set(set).where("id", "=", workspaceId).execute();
  }
  return await letIn(userId);
}

async function letIn(userId: string): Promise<UserActor> {
  const granted = grantFor("api_key:create", { ownerId: userId });
  const { key } = await insertKey(db, granted, { loginType: "token", lifetimeSeconds: 3600, nowMs: systemClock.now() });
  const authenticate = createAuthenticate({
    db,
    clock: systemClock,
    log: silentLogger,
    authenticateAgent: () => Promise.reject(new Error("no agent")),
  });
  // As far as it is looked at.
  const request = { headers: { "coder-session-token": key }, query: {} };
  const actor = await authenticate(request as unknown as Parameters<typeof authenticate>[0], "authenticated");
  if (actor.kind !== "user") throw new Error("a user's key let in somebody else");
  return actor;
}

test("a list shows of the real tables what may be read one by one, for roles of one's own making, groups and lists", async () => {
  let allowed = 0;
  let refused = 0;
  let byList = 0;
  const asked = actions.filter((action) => action.startsWith("workspace:") || action.startsWith("template:"));
  await fc.assert(
    fc.asyncProperty(world, fc.subarray(asked, { minLength: 6, maxLength: 6 }), async (given, some) => {
      const actor = await enter(given);
      const rows = {
        workspaces: await db.selectFrom("workspaces").selectAll().orderBy("id").execute(),
        templates: await db.selectFrom("templates").selectAll().orderBy("id").execute(),
      };
      for (const action of some) {
        const granted = new GrantedList(actor, action);
        const { reach } = granted;
        const one = [
          ...rows.workspaces.filter((row) => decide(reach, workspaceObject(row))),
          ...rows.templates.filter((row) => decide(reach, templateObject(row))),
        ].map(({ id }) => id);

        const listed = await sql<{ id: string }>`
          (select id from workspaces w where ${visibleWorkspace(granted)} order by id)
          union all (select id from templates t where ${visibleTemplate(granted)} order by id)`.execute(db);

        expect(listed.rows.map(({ id }) => id)).toEqual(one);
        allowed += one.length;
        refused += rows.workspaces.length + rows.templates.length - one.length;
        const unlisted = { ...reach, acl: undefined };
        byList += rows.templates.filter(
          (row) => decide(reach, templateObject(row)) && !decide(unlisted, templateObject(row)),
        ).length;
      }
    }),
    { numRuns: 25 },
  );
  // What lets everything or nothing through would agree as well, and so would lists that nobody reads.
  expect(allowed).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(100);
  expect(byList).toBeGreaterThan(10);
});

test("who is let in has its groups, its roles of an operator's making and what they take away", async () => {
  const [mine, elsewhere] = organizations;
  const actor = await enter({
    siteRoles: [customName],
    memberships: [[customName], undefined],
    site: { site: ["template:read"], user: [] },
    inOrganizations: [
      { organization: ["workspace:read", "!workspace:delete"], member: [] },
      { organization: ["workspace:*"], member: [] },
    ],
    groups,
    acls: [...templates, ...workspaces].map(() => ({ user: {}, group: {} })),
  });
  const may = (action: (typeof actions)[number], object: object) => decide(reachOf(actor, action), object);

  expect(new Set(actor.groupIds)).toEqual(new Set(groups.filter((_, index) => organizationOf(index) === mine)));
  expect(may("template:read", { organizationId: elsewhere })).toBe(true);
  expect(may("workspace:read", { organizationId: mine })).toBe(true);
  // Taken away, though it is the member's own.
  expect(may("workspace:delete", { organizationId: mine, ownerId: actor.userId })).toBe(false);
  expect(may("workspace:stop", { organizationId: mine, ownerId: actor.userId })).toBe(true);
  // The role of that name in an organization that one is not in.
  expect(may("workspace:read", { organizationId: elsewhere })).toBe(false);
});

test("the list of a thing gives nothing to who left its organization", async () => {
  const [mine] = organizations;
  const template = { id: templates[0], organizationId: mine, userAcl: { [users[0] ?? ""]: ["admin"] } };
  const acls = [...templates, ...workspaces].map(() => ({ user: {}, group: {} }));
  const none = { site: { site: [], user: [] }, inOrganizations: [0, 1].map(() => ({ organization: [], member: [] })) };
  const given = { ...none, siteRoles: [], groups: [], acls };

  const member = await enter({ ...given, memberships: [[], undefined] });
  const gone = await enter({ ...given, memberships: [undefined, []] });

  expect(decide(reachOf(member, "template:update"), template)).toBe(true);
  expect(decide(reachOf(gone, "template:update"), template)).toBe(false);
});

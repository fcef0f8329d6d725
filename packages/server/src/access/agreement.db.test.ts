import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { sql } from "kysely";
import { createTestDatabase, type TestDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Database } from "../ground/database/index.ts";
import { actions, catalogue, type Action } from "./catalogue.ts";
import { compile, type Holder } from "./compile.ts";
import type { Permission, RoleDefinition } from "./permission.ts";
import { toPredicate } from "./predicate.ts";
import { decide, type Reach, type ResourceObject } from "./reach.ts";
import { organizationRoles, siteRoles } from "./roles.ts";

let testDatabase: TestDatabase;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = new Database({ connectionString: testDatabase.connectionString, maxConnections: 1 }, () => undefined);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await testDatabase[Symbol.asyncDispose]();
});

const few = (count: number): string[] => Array.from({ length: count }, () => randomUUID());
const [users, organizations, groups, ids] = [few(3), few(3), few(2), few(4)];

const pattern = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...actions) },
  { weight: 3, arbitrary: fc.constantFrom(...Object.keys(catalogue)).map((type) => `${type}:*`) },
  fc.constant("*"),
);
const permission = fc.tuple(pattern, fc.integer({ min: 0, max: 3 })).map(
  // One in four takes away.
  ([text, dice]) => (dice === 0 ? `!${text}` : text) as Permission,
);
const permissions = fc.option(fc.array(permission, { maxLength: 4 }), { nil: undefined });
const customRole: fc.Arbitrary<RoleDefinition> = fc.record({
  name: fc.constant("custom"),
  displayName: fc.constant(""),
  assignable: fc.constant(true),
  site: permissions,
  user: permissions,
  organization: permissions,
  member: permissions,
}) as fc.Arbitrary<RoleDefinition>; // an absent list is undefined here
const rolesAmong = (builtIn: readonly RoleDefinition[]) =>
  fc.array(fc.oneof(fc.constantFrom(...builtIn), customRole), { maxLength: 3 });

const holder: fc.Arbitrary<Holder> = fc.record({
  userId: fc.constantFrom(...users),
  siteRoles: rolesAmong(siteRoles),
  organizationRoles: fc
    .array(fc.tuple(fc.constantFrom(...organizations), rolesAmong(organizationRoles)), { maxLength: 3 })
    .map((entries) => new Map(entries)),
  groupIds: fc.uniqueArray(fc.constantFrom(...groups), { maxLength: 2 }),
});

const word = fc.oneof(
  fc.constantFrom("use", "admin", "*"),
  fc.constantFrom(...actions).map((action) => action.slice(action.indexOf(":") + 1)),
);
const acl = (keys: readonly string[]) =>
  fc.dictionary(fc.constantFrom(...keys), fc.array(word, { maxLength: 3 }), { maxKeys: 2, noNullPrototype: true });
const object: fc.Arbitrary<ResourceObject> = fc.record(
  {
    id: fc.constantFrom(...ids),
    ownerId: fc.constantFrom(...users),
    organizationId: fc.constantFrom(...organizations),
    userAcl: acl(users),
    groupAcl: acl(groups),
  },
  { requiredKeys: [] },
);
const only = fc.option(
  fc.uniqueArray(fc.constantFrom(...ids), { maxLength: 3 }).map((list) => new Set(list)),
  { nil: undefined },
);

/** The objects that the predicate lets through, by their place in the list. */
async function selected(reach: Reach, objects: readonly ResourceObject[]): Promise<number[]> {
  const rows = objects.map((each, index) => ({
    index,
    id: each.id ?? null,
    owner_id: each.ownerId ?? null,
    organization_id: each.organizationId ?? null,
    user_acl: each.userAcl ?? {},
    group_acl: each.groupAcl ?? {},
  }));
  const predicate = toPredicate(reach, {
    id: sql.ref("o.id"),
    ownerId: sql.ref("o.owner_id"),
    organizationId: sql.ref("o.organization_id"),
    userAcl: sql.ref("o.user_acl"),
    groupAcl: sql.ref("o.group_acl"),
  });
  const found = await sql<{ index: number; is_in: boolean | null }>`
    select o.index, ${predicate} as is_in
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as o(index int, id uuid, owner_id uuid, organization_id uuid, user_acl jsonb, group_acl jsonb)
    order by o.index`.execute(database.db);
  expect(found.rows.map(({ is_in }) => is_in)).not.toContain(null);
  return found.rows.filter(({ is_in }) => is_in === true).map(({ index }) => index);
}

test("one decision and the condition of a list agree, for all actors, roles, access lists and objects", async () => {
  let allowed = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(
      holder,
      fc.constantFrom(...actions),
      only,
      fc.array(object, { minLength: 1, maxLength: 12 }),
      async (who, action: Action, bound, objects) => {
        const reach = { ...compile(who, action), only: bound };

        const one = objects.flatMap((each, index) => (decide(reach, each) ? [index] : []));

        expect(await selected(reach, objects)).toEqual(one);
        allowed += one.length;
        refused += objects.length - one.length;
      },
    ),
    { numRuns: 400 },
  );
  // A policy that lets everything or nothing through would agree as well.
  expect(allowed).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(100);
});

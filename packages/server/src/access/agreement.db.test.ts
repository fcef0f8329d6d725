import fc from "fast-check";
import { sql } from "kysely";
import { createTestDatabase, type TestDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Database } from "../ground/database/index.ts";
import { actions, type Action } from "./catalogue.ts";
import { compile } from "./compile.ts";
import { predicateOf } from "./predicate.ts";
import { decide, type Reach, type ResourceObject } from "./reach.ts";
import { holder, object, only } from "./testing/arbitraries.ts";

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
  const predicate = predicateOf(reach, {
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

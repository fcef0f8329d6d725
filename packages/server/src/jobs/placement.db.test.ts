import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import fc from "fast-check";
import { createTestDatabase, type TestDatabase } from "@hearth/testkit";
import { Database } from "../ground/database/index.ts";
import { untagged } from "./job-row.ts";
import { placements } from "./fixtures/placements.ts";
import { mayRun, type Offer, type Requirement } from "./placement.ts";

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  const { connectionString } = testDatabase;
  database = new Database({ connectionString, maxConnections: 1 }, () => undefined);
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await testDatabase[Symbol.asyncDispose]();
});

const [one, other, here, there] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
const tags = fc
  .dictionary(fc.constantFrom("gpu", "owner", "scope", "zone"), fc.constantFrom("", "1", "organization", "user"), {
    maxKeys: 2,
  })
  .map((more): Record<string, string> => ({ ...untagged, ...more }));
const offers: fc.Arbitrary<Offer> = fc.record({
  organizationId: fc.constantFrom(one, one, other),
  tags,
  languages: fc.subarray(["native", "terraform"] as const),
  engines: fc.dictionary(fc.constantFrom("process", "docker"), fc.constant({ livesOnHost: true })),
  hostId: fc.constantFrom(here, there, undefined),
});
const requirements: fc.Arbitrary<Requirement> = fc.record({
  organization_id: fc.constantFrom(one, one, other),
  tags: fc.oneof(fc.constant({ ...untagged }), tags),
  language: fc.constantFrom("native", "terraform", null),
  engine: fc.constantFrom("process", "docker", null),
  host_id: fc.constantFrom(here, there, null, null),
});

/** What the database says of each pair. */
async function allowed(pairs: readonly (readonly [Offer, Requirement])[]): Promise<(boolean | null)[]> {
  const asRows = pairs.map(([offer, job]) => ({
    d: {
      organization_id: offer.organizationId,
      tags: offer.tags,
      languages: offer.languages,
      engines: offer.engines,
      host_id: offer.hostId ?? null,
    },
    j: job,
  }));
  const { rows } = await sql<{ may: boolean | null }>`
    select may_run(jsonb_populate_record(null::provisioner_daemons, p.pair -> 'd'),
      jsonb_populate_record(null::provisioner_jobs, p.pair -> 'j')) as may
    from jsonb_array_elements(${JSON.stringify(asRows)}::jsonb) with ordinality as p(pair, at) order by p.at`.execute(
    database.db,
  );
  return rows.map(({ may }) => may);
}

test("the database and the code agree on who may run what", async () => {
  let yes = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(offers, requirements), { minLength: 300, maxLength: 300 }), async (pairs) => {
      const own = pairs.map(([offer, job]) => mayRun(offer, job));
      yes += own.filter(Boolean).length;
      expect(await allowed(pairs)).toEqual(own);
    }),
    { numRuns: 20 },
  );
  // Else it would be shown of refusals alone.
  expect(yes).toBeGreaterThan(100);
});

test.for(placements)("of a job: $what → $may", async ({ may, offer, job }) => {
  expect(await allowed([[offer, job]])).toEqual([may]);
});

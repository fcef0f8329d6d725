import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { silentLogger } from "@hearth/base";
import { createTestDatabase } from "@hearth/testkit";
import { sql } from "kysely";
import { systemContext } from "../access/index.ts";
import { Database } from "../ground/database/index.ts";
import type { SealOld } from "../ground/lifecycle/index.ts";
import { openSealKey } from "./seal-key.ts";
import { SealError } from "./sealed.ts";
import { sealUnsealed } from "./unsealed.ts";

const ctx = systemContext("setup", silentLogger, new AbortController().signal);
let stack: AsyncDisposableStack;
let db: Database["db"];

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  const { connectionString } = stack.use(await createTestDatabase());
  ({ db } = stack.use(new Database({ connectionString, maxConnections: 4 }, () => undefined)));
});
afterEach(() => stack.disposeAsync());

const sealersOf = (seal: SealOld) => ({
  build_state: seal,
  build_secrets: seal,
  job_secrets: seal,
  version_secrets: seal,
});

async function addUnsealed(count: number): Promise<string[]> {
  const rows = Array.from({ length: count }, () => ({
    kind: "build_state" as const,
    id: randomUUID(),
    content: Buffer.from("open"),
  }));
  await db.insertInto("unsealed").values(rows).execute();
  return rows.map(({ id }) => id).toSorted();
}

async function pagesOfUnsealed(): Promise<number> {
  const { rows } = await sql<{ size: number }>`select pg_relation_size('unsealed') as size`.execute(db);
  return Number(rows[0]?.size);
}

describe("what lay open", () => {
  test("is sealed once each, though the first start was ended in the middle, and its pages are given back", async () => {
    const ids = await addUnsealed(70);
    const sealed: string[] = [];
    let left = 45;
    // The transaction of the 46th is rolled back: what it did is not kept.
    const dying: SealOld = async (_tx, id) => {
      if (left-- === 0) throw new Error("the power went out");
      sealed.push(id);
      await Promise.resolve();
    };
    await expect(sealUnsealed(ctx, db, sealersOf(dying))).rejects.toThrow("the power went out");
    const kept = sealed.slice(0, 40);
    const waiting = await db.selectFrom("unsealed").select("id").execute();
    expect([...kept, ...waiting.map(({ id }) => id)].toSorted()).toEqual(ids);

    const rest: string[] = [];
    await sealUnsealed(
      ctx,
      db,
      sealersOf(async (_tx, id) => void (await Promise.resolve(rest.push(id)))),
    );

    expect([...kept, ...rest].toSorted()).toEqual(ids);
    expect(await db.selectFrom("unsealed").select("id").execute()).toEqual([]);
    expect(await pagesOfUnsealed()).toBe(0);
  });

  test("and cannot be sealed is named, with what was wrong", async () => {
    const [id] = await addUnsealed(1);
    const sealers = sealersOf(() => Promise.reject(new Error("no room is left")));

    await expect(sealUnsealed(ctx, db, sealers)).rejects.toThrow(
      `What an earlier release stored open as build_state of ${id} could not be sealed: no room is left`,
    );
  });

  test("is sealed once by servers that start at the same time", async () => {
    const ids = await addUnsealed(50);
    const sealed: string[] = [];
    const sealers = sealersOf(async (_tx, id) => void (await Promise.resolve(sealed.push(id))));

    await Promise.all([1, 2, 3].map(() => sealUnsealed(ctx, db, sealers)));

    expect(sealed.toSorted()).toEqual(ids);
  });

  test("by a start that was ended after its last row gives its pages back at the next", async () => {
    await addUnsealed(1);
    await db.deleteFrom("unsealed").execute();
    expect(await pagesOfUnsealed()).toBeGreaterThan(0);

    await sealUnsealed(
      ctx,
      db,
      sealersOf(() => Promise.reject(new Error("nothing is there"))),
    );

    expect(await pagesOfUnsealed()).toBe(0);
  });
});

describe("the deployment's key", () => {
  test("is the same at every start, and for all that start at once", async () => {
    const keys = await Promise.all([1, 2, 3].map(() => openSealKey(db, 0)));

    expect(new Set(keys.map((key) => key.toString("hex"))).size).toBe(1);
    expect(await openSealKey(db, 0)).toEqual(keys[0]);
  });

  test.for<[how: string, lose: () => Promise<unknown>]>([
    ["is missing", () => db.deleteFrom("deployment_keys").where("name", "=", "seal").execute()],
    [
      "is another one than its secrets were sealed with",
      () =>
        db
          .updateTable("deployment_keys")
          .set({ secret: Buffer.alloc(32, 1) })
          .where("name", "=", "seal")
          .execute(),
    ],
  ])("that %s ends the start, says what to do, and makes no new one", async ([how, lose]) => {
    await openSealKey(db, 0);
    await lose();
    const before = await db.selectFrom("deployment_keys").selectAll().execute();

    const opened = openSealKey(db, 0);

    await expect(opened).rejects.toThrow(SealError);
    await expect(opened).rejects.toThrow(
      `The key of this deployment (table deployment_keys, row "seal") ${how}. Restore that row from a backup`,
    );
    expect(await db.selectFrom("deployment_keys").selectAll().execute()).toEqual(before);
  });

  test("that is lost for good is made anew when the operator says so", async () => {
    const old = await openSealKey(db, 0);
    await db.deleteFrom("deployment_keys").where("name", "=", "seal").execute();
    await db.deleteFrom("seal_check").execute();

    expect(await openSealKey(db, 0)).not.toEqual(old);
  });
});

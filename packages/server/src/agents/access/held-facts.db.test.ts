import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { readAccessFacts } from "../../identity/index.ts";
import { ServedWorld } from "../../testing/index.ts";

const hourMs = 60 * 60_000;
let world: ServedWorld;
let keyId: string;
let nowMs: number;
beforeAll(async () => {
  world = await ServedWorld.create();
  keyId = world.ownerKey.slice(0, 10);
});
afterAll(async () => await world[Symbol.asyncDispose]());
beforeEach(async () => {
  nowMs = Date.now();
  const at = { last_used: new Date(nowMs), expires_at: new Date(nowMs + hourMs), lifetime_seconds: 7200 };
  await world.db.updateTable("api_keys").set(at).where("id", "=", keyId).execute();
  await world.db
    .updateTable("users")
    .set({ status: "active", deleted: false })
    .where("id", "=", world.ownerId)
    .execute();
});

const none = { keyIds: [], workspaceIds: [], templateIds: [], chatIds: [] };

test("one statement tells of every key and thing that is held, as they are now", async () => {
  const workspaces = [await world.makeWorkspace(), await world.makeWorkspace({ ownerId: world.otherId })];
  const wanted = {
    keyIds: [keyId, world.otherKey.slice(0, 10)],
    workspaceIds: workspaces.map(({ id }) => id),
    templateIds: [world.template.id],
    chatIds: [],
  };
  const before = world.sent.length;

  const { actors, objects } = await readAccessFacts(world.db, wanted, nowMs);

  expect(world.sent.length - before).toBe(1);
  expect(actors.get(keyId)).toMatchObject({ kind: "user", userId: world.ownerId, keyId, scopes: ["coder:all"] });
  expect(actors.size).toBe(2);
  const { organizationId } = world;
  const acl = { userAcl: {}, groupAcl: {} };
  expect([...objects.values()]).toEqual(
    expect.arrayContaining([
      ...workspaces.map(({ id, ownerId }) => ({ id, ownerId, organizationId, ...acl })),
      { id: world.template.id, organizationId, userAcl: {}, groupAcl: { [organizationId]: ["use"] } },
    ]),
  );
});

test("a key that something holds open is in use, and lives on", async () => {
  const used = { last_used: new Date(nowMs - hourMs - 1_000), expires_at: new Date(nowMs + 1_000) };
  await world.db.updateTable("api_keys").set(used).where("id", "=", keyId).execute();

  await readAccessFacts(world.db, { ...none, keyIds: [keyId] }, nowMs);

  const key = await world.db.selectFrom("api_keys").selectAll().where("id", "=", keyId).executeTakeFirstOrThrow();
  expect(key.expires_at.getTime()).toBe(nowMs + 7_200_000);
});

test.for([
  ["that has expired", () => setKey({ expires_at: new Date(nowMs) })],
  ["of a user who was suspended", () => setUser({ status: "suspended" })],
  ["of a user who was deleted", () => setUser({ deleted: true })],
] as const)("a key %s is none", async ([, change]) => {
  await change();

  expect(await readAccessFacts(world.db, { ...none, keyIds: [keyId] }, nowMs)).toEqual({
    actors: new Map(),
    objects: new Map(),
  });
});

async function setKey(values: { expires_at: Date }): Promise<void> {
  await world.db.updateTable("api_keys").set(values).where("id", "=", keyId).execute();
}

async function setUser(values: { status?: "suspended"; deleted?: boolean }): Promise<void> {
  await world.db.updateTable("users").set(values).where("id", "=", world.ownerId).execute();
}

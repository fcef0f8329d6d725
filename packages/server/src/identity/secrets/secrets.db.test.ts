import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { authorize } from "../../access/index.ts";
import { grantFor } from "../../access/testing/index.ts";
import { recordingLogger } from "@hearth/base/recording-logger";
import { transaction } from "../../ground/database/index.ts";
import { openGround, refusalOf, someoneWaitsForALock, World, type User } from "../../testing/index.ts";
import { deleteUser } from "../users.ts";
import { createSecret, updateSecret, type SecretDeps } from "./edit-secrets.ts";
import { mostBytesInAll, mostSecrets, mostValueBytes } from "./faults.ts";
import { openSecrets } from "./open-secrets.ts";

let world: World;
let deps: SecretDeps;
beforeAll(async () => {
  world = new World(await openGround());
  deps = { db: world.db, clock: world.clock, pubsub: world.pubsub, sealKey: Buffer.alloc(32, 7) };
});
afterAll(() => world[Symbol.asyncDispose]());

const newUser = async () => await world.createUser(`user-${randomUUID().slice(0, 8)}`);
const keep = async ({ ctx, id }: User, request: { name: string; value: string; env_name?: string }) =>
  await createSecret(ctx, deps, authorize(ctx, "user_secret:create", { ownerId: id }), request);

async function sealedOf(user: User) {
  const rows = await world.db
    .selectFrom("user_secrets as s")
    .innerJoin("user_secret_values as v", "v.user_secret_id", "s.id")
    .select(["s.id", "s.env_name", "s.file_path", "v.sealed"])
    .where("s.user_id", "=", user.id)
    .orderBy("s.name")
    .execute();
  return rows.map(({ sealed, ...row }) => ({ ...row, sealed: sealed.toString("base64") }));
}

const mayRead = (user: User) => authorize(user.ctx, "user_secret:read", { ownerId: user.id });

test("nobody keeps more together than alone: the last two that fit are asked for at once, and one is refused", async () => {
  const user = await newUser();
  for (let number = 1; number < mostSecrets; number++) await keep(user, { name: `s${number}`, value: "x" });
  let outcomes: Promise<PromiseSettledResult<unknown>[]> | undefined;
  await transaction(user.ctx, world.db, { name: "hold" }, async (tx) => {
    await tx.selectFrom("users").select("id").where("id", "=", user.id).forNoKeyUpdate().execute();
    outcomes = Promise.allSettled([keep(user, { name: "a", value: "x" }), keep(user, { name: "b", value: "x" })]);
    await someoneWaitsForALock(world.db);
  });

  expect((await outcomes)?.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  await expect(refusalOf(keep(user, { name: "c", value: "x" }))).resolves.toMatchObject({
    code: "validation_failed",
    fields: ["name"],
  });
  expect(await sealedOf(user)).toHaveLength(mostSecrets);
});

test("values together have a limit, of new ones and of changed ones", async () => {
  const user = await newUser();
  const whole = Math.floor(mostBytesInAll / mostValueBytes);
  for (let number = 0; number < whole; number++) {
    await keep(user, { name: `s${number}`, value: "x".repeat(mostValueBytes) });
  }
  const rest = mostBytesInAll - whole * mostValueBytes;
  await expect(refusalOf(keep(user, { name: "last", value: "x".repeat(rest + 1) }))).resolves.toMatchObject({
    fields: ["value"],
  });
  const { id } = await keep(user, { name: "last", value: "x".repeat(rest) });

  const granted = authorize(user.ctx, "user_secret:update", { id, ownerId: user.id });
  await expect(
    refusalOf(updateSecret(user.ctx, deps, granted, { value: "y".repeat(rest + 1) })),
  ).resolves.toMatchObject({ fields: ["value"] });

  await updateSecret(user.ctx, deps, granted, { value: "y".repeat(rest), env_name: "LAST" });
  const opened = openSecrets(mayRead(user), deps.sealKey, await sealedOf(user), world.log);
  expect(opened[0]).toEqual({ envName: "LAST", filePath: "", value: Buffer.from("y".repeat(rest)) });
});

test("one user has a name, a variable and a path once; another has its own", async () => {
  const [ada, bob] = [await newUser(), await newUser()];
  await keep(ada, { name: "one", value: "x", env_name: "TOKEN" });
  await keep(bob, { name: "one", value: "x", env_name: "TOKEN" });

  await expect(refusalOf(keep(ada, { name: "one", value: "x" }))).resolves.toMatchObject({
    code: "name_taken",
    fields: ["name"],
    message: "You have a secret with that name already.",
  });
  await expect(refusalOf(keep(ada, { name: "two", value: "x", env_name: "TOKEN" }))).resolves.toMatchObject({
    code: "name_taken",
    fields: ["env_name"],
    message: "You have a secret with that environment variable already.",
  });
});

test("a value whose row was moved is not opened: it is left out, and the log says so", async () => {
  const user = await newUser();
  await keep(user, { name: "one", value: "of one" });
  await keep(user, { name: "two", value: "of two" });
  const [one, two] = await sealedOf(user);
  if (one === undefined || two === undefined) throw new Error("none");
  const log = recordingLogger();

  const opened = openSecrets(mayRead(user), deps.sealKey, [{ ...one, sealed: two.sealed }, two], log);

  expect(opened.map(({ value }) => value.toString())).toEqual(["of two"]);
  expect(log.lines.map(({ level, fields }) => [level, fields["secretId"]])).toEqual([["error", one.id]]);
});

test("with a user go its secrets, and none is kept for one who is gone", async () => {
  const user = await newUser();
  await keep(user, { name: "one", value: "x" });
  const owner = await world.createUser("root", ["owner"]);

  await deleteUser(owner.ctx, world.db, grantFor("user:delete", { id: user.id }), 0);

  expect(await sealedOf(user)).toEqual([]);
  await expect(refusalOf(keep(user, { name: "two", value: "x" }))).resolves.toMatchObject({ code: "not_found" });
});

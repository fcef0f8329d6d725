import { afterAll, beforeAll, expect, test } from "vitest";
import { authorize } from "../access/index.ts";
import { openGround, World, type User } from "../testing/index.ts";
import { createToken, deleteToken, expireToken } from "./edit-tokens.ts";
import { regenerateGitSshKey } from "./git-ssh-key.ts";
import { findKey } from "./keys-store.ts";
import { splitKey } from "./keys.ts";
import { createSecret, deleteSecret, updateSecret } from "./secrets/edit-secrets.ts";

let world: World;
let user: User;
beforeAll(async () => {
  world = new World(await openGround());
  user = await world.createUser("ada");
});
afterAll(() => world[Symbol.asyncDispose]());

/** What was written down since the last look, oldest first. */
async function records(): Promise<unknown[]> {
  const rows = await world.db.deleteFrom("outbox").where("kind", "=", "audit").returning(["payload", "seq"]).execute();
  return rows.toSorted((a, b) => Number(a.seq) - Number(b.seq)).map(({ payload }) => payload);
}

const depsOf = () => ({ db: world.db, clock: world.clock, pubsub: world.pubsub, sealKey: Buffer.alloc(32, 7) });
const mine = () => ({ ownerId: user.id });
const byAda = () => ({ actor: { kind: "user", id: user.id, name: "ada" }, user: { id: user.id } });

test("what somebody does with a secret is recorded, and its value is not", async () => {
  const value = "v4lue-that-nobody-hears-of";
  const secret = await createSecret(user.ctx, depsOf(), authorize(user.ctx, "user_secret:create", mine()), {
    name: "registry",
    value,
  });
  const it = { id: secret.id, ...mine() };
  await updateSecret(user.ctx, depsOf(), authorize(user.ctx, "user_secret:update", it), { value, env_name: "TOKEN" });
  const mayDelete = authorize(user.ctx, "user_secret:delete", it);
  await deleteSecret(user.ctx, depsOf(), mayDelete);
  await deleteSecret(user.ctx, depsOf(), mayDelete); // nothing is left to delete

  const credential = { id: secret.id, name: "registry" };
  const recorded = await records();
  expect(recorded).toEqual([
    { action: "user_secret_created", credential, ...byAda() },
    { action: "user_secret_changed", credential, changed: ["env_name", "value"], ...byAda() },
    { action: "user_secret_deleted", credential, ...byAda() },
  ]);
  expect(JSON.stringify(recorded)).not.toContain(value);
});

test("so are tokens that are made and ended, without what lets in, and a new SSH key", async () => {
  const make = async (tokenName: string) => {
    const granted = authorize(user.ctx, "api_key:create", mine());
    const key = await createToken(user.ctx, depsOf(), granted, { loginType: "token", lifetimeSeconds: 60, tokenName });
    const { id, secret } = splitKey(key) ?? { id: "", secret: "" };
    const row = await findKey(world.db, id);
    if (row === undefined) throw new Error("no such key");
    return { row, secret, thing: { id, ...mine() }, credential: { id, name: tokenName } };
  };
  const [one, two] = [await make("one"), await make("two")];
  await expireToken(user.ctx, depsOf(), authorize(user.ctx, "api_key:update", one.thing), one.row);
  await deleteToken(user.ctx, depsOf(), authorize(user.ctx, "api_key:delete", two.thing), two.row);
  await regenerateGitSshKey(
    user.ctx,
    depsOf(),
    authorize(user.ctx, "user:update_personal", { id: user.id, ...mine() }),
  );

  const recorded = await records();
  expect(recorded).toEqual([
    { action: "token_created", credential: one.credential, ...byAda() },
    { action: "token_created", credential: two.credential, ...byAda() },
    { action: "token_expired", credential: one.credential, ...byAda() },
    { action: "token_deleted", credential: two.credential, ...byAda() },
    { action: "git_ssh_key_changed", credential: { id: user.id, name: "" }, ...byAda() },
  ]);
  expect(JSON.stringify(recorded)).not.toContain(one.secret);
});

import { randomUUID } from "node:crypto";
import type { CreateChatModelRequest } from "@hearth/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { authorize, authorizeList } from "../access/index.ts";
import { grantFor, ownerContext } from "../access/testing/index.ts";
import { takeLockOf, transaction } from "../ground/database/index.ts";
import { openGround, refusalOf, someoneWaitsForALock, World } from "../testing/index.ts";
import type { AiDeps } from "./deps.ts";
import { deleteUserKey, putUserKey } from "./keys/edit-user-keys.ts";
import { findProviderKeys } from "./keys/user-keys-store.ts";
import { createModel, deleteModel, updateModel } from "./models/edit-models.ts";
import { listModels, type ModelRow } from "./models/models-store.ts";
import { shareModel } from "./models/share-models.ts";
import { createProvider, deleteProvider, updateProvider } from "./providers/edit-providers.ts";

let world: World;
let deps: AiDeps;
beforeAll(async () => {
  world = new World(await openGround());
  const { db, clock, pubsub } = world;
  deps = { db, clock, pubsub, sealKey: Buffer.alloc(32, 7) };
});
afterAll(() => world[Symbol.asyncDispose]());

const ctx = ownerContext();
const freshName = () => `x${randomUUID().slice(0, 8)}`;

const newProvider = async (request: { api_keys?: string[]; enabled?: boolean; allow_user_api_key?: boolean } = {}) =>
  await createProvider(ctx, deps, grantFor("ai_provider:create", {}), {
    type: "openai",
    name: freshName(),
    base_url: "http://127.0.0.1:1/v1",
    ...request,
  });

async function newOrganization(): Promise<string> {
  const id = randomUUID();
  const now = new Date(world.clock.now());
  await world.db
    .insertInto("organizations")
    .values({ id, name: freshName(), created_at: now, updated_at: now })
    .execute();
  return id;
}

const newModel = async (organizationId: string, providerId: string, request: Partial<CreateChatModelRequest> = {}) =>
  await createModel(ctx, deps, grantFor("chat_model_config:create", { organizationId }), {
    ai_provider_id: providerId,
    model: freshName(),
    context_limit: 1000,
    ...request,
  });

const objectOf = (row: ModelRow) => ({ id: row.id, organizationId: row.organization_id });
const modelsOf = async (organizationId: string, who = ctx) =>
  await listModels(world.db, authorizeList(who, "chat_model_config:read"), organizationId);
const defaultsOf = async (organizationId: string) =>
  (await modelsOf(organizationId)).filter((row) => row.is_default).map(({ id }) => id);

const userKey = (providerId: string, ownerId: string) => ({ id: providerId, ownerId });

async function keysOf(userId: string, providerId: string) {
  const keys = (await findProviderKeys(world.db, userId)).find(({ provider }) => provider.id === providerId);
  return keys && { central: keys.hasCentralKey, user: keys.hasUserKey };
}

/** Everything that the tables of providers and keys hold, bytes as characters. */
async function allThatIsKept(): Promise<string> {
  const tables = ["ai_providers", "ai_provider_keys", "user_ai_provider_keys"] as const;
  const rows = await Promise.all(tables.map((table) => world.db.selectFrom(table).selectAll().execute()));
  return JSON.stringify(rows.flat(), (_, value: unknown) => {
    const isBytes = typeof value === "object" && value !== null && "data" in value && Array.isArray(value.data);
    return isBytes ? Buffer.from(value.data as number[]).toString("latin1") : value; // how a Buffer becomes JSON
  });
}

test("keys are kept sealed, and shown by no more than two characters", async () => {
  const user = await world.createUser(freshName());
  const provider = await newProvider({
    api_keys: ["central-key-of-all", "short"],
    allow_user_api_key: true,
  });
  await putUserKey(
    deps,
    authorize(user.ctx, "user_secret:update", userKey(provider.id, user.id)),
    "the-user-has-this-key",
  );

  expect(provider.keys.map(({ masked }) => masked)).toEqual(["c...l", "..."]);
  const kept = await allThatIsKept();
  for (const key of ["central-key-of-all", "short", "the-user-has-this-key"]) expect(kept).not.toContain(key);
});

test("the list of keys is what is given: named ones stay, new ones come, the rest goes", async () => {
  const provider = await newProvider({ api_keys: ["first-key-x", "second-key-y"] });
  const [first] = provider.keys;
  const granted = grantFor("ai_provider:update", { id: provider.id });

  const changed = await updateProvider(ctx, deps, granted, {
    api_keys: [{ ...(first && { id: first.id }), api_key: "replaced-key-z" }, { api_key: "third-key-w" }],
  });

  expect(changed.keys.map(({ masked }) => masked).toSorted()).toEqual(["r...z", "t...w"]);
  expect(changed.keys.map(({ id }) => id)).toContain(first?.id);
  await expect(
    refusalOf(updateProvider(ctx, deps, granted, { api_keys: [{ id: randomUUID() }] })),
  ).resolves.toMatchObject({ code: "validation_failed", fields: ["api_keys"] });
  await expect(
    refusalOf(updateProvider(ctx, deps, granted, { central_api_key_enabled: false })),
  ).resolves.toMatchObject({ code: "validation_failed", fields: ["central_api_key_enabled"] });
});

test("a provider's name is there once, in any letter case, and again when it is deleted", async () => {
  const provider = await newProvider();
  const again = () =>
    createProvider(ctx, deps, grantFor("ai_provider:create", {}), {
      type: "openai",
      name: provider.name.toUpperCase(),
      base_url: "http://127.0.0.1:1",
    });

  await expect(refusalOf(again())).resolves.toMatchObject({ code: "name_taken", fields: ["name"] });
  await deleteProvider(ctx, deps, grantFor("ai_provider:delete", { id: provider.id }));
  await again();
});

test("a user's key goes with the user, and with the provider", async () => {
  const [ada, bob] = [await world.createUser(freshName()), await world.createUser(freshName())];
  const provider = await newProvider({ allow_user_api_key: true });
  for (const { ctx: own, id } of [ada, bob]) {
    await putUserKey(deps, authorize(own, "user_secret:update", userKey(provider.id, id)), "key");
  }
  expect(await keysOf(ada.id, provider.id)).toEqual({ central: false, user: true });

  await world.db.updateTable("users").set({ deleted: true }).where("id", "=", ada.id).execute();
  expect(await keysOf(ada.id, provider.id)).toEqual({ central: false, user: false });

  await deleteProvider(ctx, deps, grantFor("ai_provider:delete", { id: provider.id }));
  const granted = authorize(bob.ctx, "user_secret:delete", userKey(provider.id, bob.id));
  await expect(refusalOf(deleteUserKey(deps, granted))).resolves.toMatchObject({ code: "not_found" });
});

test("the first model is the default, and another when it is deleted or demoted [chat 210]", async () => {
  const organizationId = await newOrganization();
  const [on, off] = [await newProvider(), await newProvider({ enabled: false })];
  const first = await newModel(organizationId, on.id);
  const unusable = await newModel(organizationId, off.id);
  const usable = await newModel(organizationId, on.id);
  expect(await defaultsOf(organizationId)).toEqual([first.id]);

  await deleteModel(ctx, deps, grantFor("chat_model_config:delete", objectOf(first)));
  expect(await defaultsOf(organizationId)).toEqual([usable.id]);

  await updateModel(ctx, deps, grantFor("chat_model_config:update", objectOf(unusable)), { is_default: true });
  expect(await defaultsOf(organizationId)).toEqual([unusable.id]);

  const demoted = grantFor("chat_model_config:update", objectOf(unusable));
  await updateModel(ctx, deps, demoted, { is_default: false });
  expect(await defaultsOf(organizationId)).toEqual([usable.id]);

  await deleteProvider(ctx, deps, grantFor("ai_provider:delete", { id: on.id }));
  expect(await defaultsOf(organizationId)).toEqual([unusable.id]);
});

test("two that become the default at once are one default: changes of an organization's models take turns", async () => {
  const organizationId = await newOrganization();
  const provider = await newProvider();
  const models = [await newModel(organizationId, provider.id), await newModel(organizationId, provider.id)];
  let outcomes: Promise<unknown> | undefined;
  await transaction(ctx, world.db, { name: "hold" }, async (tx) => {
    await takeLockOf(tx, "chatModels", organizationId);
    outcomes = Promise.all(
      models.map((row) =>
        updateModel(ctx, deps, grantFor("chat_model_config:update", objectOf(row)), { is_default: true }),
      ),
    );
    await someoneWaitsForALock(world.db);
  });
  await outcomes;

  expect(await defaultsOf(organizationId)).toHaveLength(1);
});

test("a model is for everyone of its organization, until its list says otherwise", async () => {
  const { organizationId } = world;
  const [ada, bob] = [await world.createUser(freshName()), await world.createUser(freshName())];
  const row = await newModel(organizationId, (await newProvider()).id);
  const seenBy = async (who: typeof ada) => (await modelsOf(organizationId, who.ctx)).some(({ id }) => id === row.id);
  expect([await seenBy(ada), await seenBy(bob)]).toEqual([true, true]);

  await shareModel(ctx, deps, grantFor("chat_model_config:update", objectOf(row)), {
    group_roles: { [organizationId]: "" },
    user_roles: { [ada.id]: "read" },
  });

  expect([await seenBy(ada), await seenBy(bob)]).toEqual([true, false]);
});

test("a model of an unknown provider is refused", async () => {
  await expect(refusalOf(newModel(await newOrganization(), randomUUID()))).resolves.toMatchObject({
    code: "validation_failed",
    fields: ["ai_provider_id"],
  });
});

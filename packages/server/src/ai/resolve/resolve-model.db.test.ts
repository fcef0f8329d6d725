import { randomUUID } from "node:crypto";
import type { CreateChatModelRequest } from "@hearth/sdk";
import { systemClock } from "@hearth/base";
import { ModelServer } from "@hearth/testkit/model-server";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { authorize } from "../../access/index.ts";
import { grantFor, ownerContext } from "../../access/testing/index.ts";
import { openGround, World, type User } from "../../testing/index.ts";
import type { AiDeps } from "../deps.ts";
import { withDemoModel } from "../demo/demo-fetch.ts";
import { seedDemoModel } from "../demo/seed-demo-model.ts";
import { putUserKey } from "../keys/edit-user-keys.ts";
import { createModel, updateModel } from "../models/edit-models.ts";
import type { ModelRow } from "../models/models-store.ts";
import { shareModel } from "../models/share-models.ts";
import { findOverride } from "../overrides/find-override.ts";
import { putOrganizationOverride, putUserOverride } from "../overrides/overrides-store.ts";
import { createProvider, updateProvider } from "../providers/edit-providers.ts";
import type { NewProvider } from "../providers/provider-faults.ts";
import { guardedFetch } from "../step/guarded-fetch.ts";
import { ModelUnavailable } from "../step/model-error.ts";
import { modelStep } from "../step/model-step.ts";
import { resolveModel } from "./resolve-model.ts";

let server: ModelServer;
let world: World;
let deps: AiDeps & { fetch: typeof fetch };
let ada: User;
beforeAll(async () => {
  server = await ModelServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  world = new World(await openGround());
  const { db, clock, pubsub } = world;
  deps = { db, clock, pubsub, sealKey: Buffer.alloc(32, 7), fetch: withDemoModel(guardedFetch(), { isOn: true }) };
  ada = await world.createUser("ada");
});
afterEach(() => world[Symbol.asyncDispose]());

const ctx = ownerContext();

const newProvider = async (request: Partial<NewProvider> = {}) =>
  await createProvider(ctx, deps, grantFor("ai_provider:create", {}), {
    type: "openai-compat",
    name: `p${randomUUID().slice(0, 8)}`,
    base_url: server.baseUrl,
    api_keys: ["the-central-key"],
    ...request,
  });
const newModel = async (providerId: string, request: Partial<CreateChatModelRequest> = {}) =>
  await createModel(ctx, deps, grantFor("chat_model_config:create", { organizationId: world.organizationId }), {
    ai_provider_id: providerId,
    model: "m",
    context_limit: 1000,
    ...request,
  });
const objectOf = ({ id, organization_id: organizationId }: ModelRow) => ({ id, organizationId });
const changeOf = (row: ModelRow) => grantFor("chat_model_config:update", objectOf(row));

const resolve = async (...modelConfigIds: string[]) =>
  await resolveModel(ada.ctx, deps, { organizationId: world.organizationId, ownerId: ada.id, modelConfigIds });

async function refusalOf(...modelConfigIds: string[]) {
  try {
    await resolve(...modelConfigIds);
  } catch (error) {
    if (error instanceof ModelUnavailable) return error.error;
    throw error;
  }
  throw new Error("a model was found");
}

/** The key that a request with the model carries. */
async function keyAsked(...modelConfigIds: string[]): Promise<string | undefined> {
  server.follow([{ deeds: [{ say: "ok" }] }]);
  await modelStep(await resolve(...modelConfigIds), {
    system: [],
    messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
    tools: [],
    signal: new AbortController().signal,
    clock: systemClock,
    onPart: () => undefined,
  });
  return server.requests[0]?.headers.authorization?.replace("Bearer ", "");
}

test("a model is resolved with its key in one statement", async () => {
  const row = await newModel((await newProvider()).id, { model_config: { temperature: 0.5 } });
  const statements = world.recordStatements();

  const model = await resolve(row.id);

  expect(statements).toHaveLength(1);
  expect(model).toMatchObject({
    configId: row.id,
    provider: "openai-compat",
    model: "m",
    contextLimit: 1000,
    compressionThreshold: 70,
    options: { temperature: 0.5 },
  });
  expect(JSON.stringify(model)).not.toContain("the-central-key");
  expect(await keyAsked(row.id)).toBe("the-central-key");
});

test("a key that is removed between turns is missing in the next [chat 209]", async () => {
  const provider = await newProvider();
  const row = await newModel(provider.id);
  await resolve(row.id);

  await updateProvider(ctx, deps, grantFor("ai_provider:update", { id: provider.id }), { api_keys: [] });

  expect(await refusalOf(row.id)).toMatchObject({ kind: "missing_key", detail: "missing_api_key", retryable: false });
});

test("the owner's own key wins where users bring one, and is asked for where it has to [chat 208]", async () => {
  const provider = await newProvider({ allow_user_api_key: true });
  const row = await newModel(provider.id);
  expect(await refusalOf(row.id)).toMatchObject({ kind: "missing_key", detail: "user_api_key_required" });

  const granted = authorize(ada.ctx, "user_secret:update", { id: provider.id, ownerId: ada.id });
  await putUserKey(deps, granted, "the-key-of-ada");

  expect(await keyAsked(row.id)).toBe("the-key-of-ada");
});

test("with a fallback the provider's own key is used until there is one [chat 208]", async () => {
  const provider = await newProvider({ allow_user_api_key: true, allow_central_api_key_fallback: true });
  const row = await newModel(provider.id);

  expect(await keyAsked(row.id)).toBe("the-central-key");
});

test("a provider that is switched off says so", async () => {
  const provider = await newProvider({ enabled: false });
  const row = await newModel(provider.id);

  expect(await refusalOf(row.id)).toMatchObject({ kind: "provider_disabled", provider: "openai-compat" });
});

test("a model that cannot be used any more is followed by the default; without one it is a matter of configuration", async () => {
  const provider = await newProvider();
  const standard = await newModel(provider.id, { model: "standard" });
  const disabled = await newModel(provider.id, { enabled: false });
  const hidden = await newModel(provider.id);
  await shareModel(ctx, deps, changeOf(hidden), { group_roles: { [world.organizationId]: "" } });

  for (const id of [disabled.id, hidden.id, randomUUID()]) expect((await resolve(id)).configId).toBe(standard.id);

  await updateModel(ctx, deps, changeOf(standard), { enabled: false });
  expect(await refusalOf(disabled.id)).toMatchObject({ kind: "config" });
});

test("a model of another organization is none", async () => {
  const other = randomUUID();
  const now = new Date(world.clock.now());
  await world.db
    .insertInto("organizations")
    .values({ id: other, name: "other", created_at: now, updated_at: now })
    .execute();
  const provider = await newProvider();
  const foreign = await createModel(ctx, deps, grantFor("chat_model_config:create", { organizationId: other }), {
    ai_provider_id: provider.id,
    model: "foreign",
    context_limit: 1000,
  });

  expect(await refusalOf(foreign.id)).toMatchObject({ kind: "config" });
});

test("a member's own model comes before the organization's, and goes with the membership", async () => {
  const { db, organizationId } = world;
  const provider = await newProvider();
  const [one, two] = [await newModel(provider.id), await newModel(provider.id)];
  const wish = { organizationId, ownerId: ada.id, context: "general" } as const;
  const ofOrganization = grantFor("chat_model_config:update", { organizationId });
  const own = authorize(ada.ctx, "user:update_personal", { id: ada.id, ownerId: ada.id });
  expect(await findOverride(db, wish)).toBe(undefined);

  await putOrganizationOverride(deps, ofOrganization, "general", { modelConfigId: one.id, effort: "low" });
  expect(await findOverride(db, wish)).toEqual({ modelConfigId: one.id, effort: "low" });

  await putUserOverride(deps, own, wish, { mode: "model", override: { modelConfigId: two.id, effort: null } });
  expect(await findOverride(db, wish)).toEqual({ modelConfigId: two.id, effort: undefined });

  await db.deleteFrom("organization_members").where("user_id", "=", ada.id).execute();
  expect(await findOverride(db, wish)).toEqual({ modelConfigId: one.id, effort: "low" });
});

test("the demo model answers inside the server, and is made once", async () => {
  const before = server.requests.length;
  await seedDemoModel(ctx, deps, world.organizationId);
  await seedDemoModel(ctx, deps, world.organizationId);
  expect(await world.db.selectFrom("chat_model_configs").selectAll().execute()).toHaveLength(1);

  const answer = await modelStep(await resolve(), {
    system: [],
    messages: [{ role: "user", content: [{ type: "text", text: "run `ls`" }] }],
    tools: [{ name: "execute", description: "", inputSchema: { type: "object", properties: {} } }],
    signal: new AbortController().signal,
    clock: systemClock,
    onPart: () => undefined,
  });

  expect(answer.finish).toBe("tool-calls");
  expect(answer.parts).toMatchObject([
    { type: "text", text: "I run `ls`." },
    { type: "tool-call", tool_name: "execute", args: { command: "ls" } },
  ]);
  expect(answer.usage.output_tokens).toBeGreaterThan(0);
  expect(server.requests).toHaveLength(before);
});

test("without its option the demo model says that it is off", async () => {
  await seedDemoModel(ctx, deps, world.organizationId);
  deps = { ...deps, fetch: withDemoModel(guardedFetch(), { isOn: false }) };
  const asking = modelStep(await resolve(), {
    system: [],
    messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
    tools: [],
    signal: new AbortController().signal,
    clock: systemClock,
    onPart: () => undefined,
  });

  await expect(asking).rejects.toMatchObject({ error: { kind: "config", retryable: false } });
});

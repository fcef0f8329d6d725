import { authorize, type Context } from "../../access/index.ts";
import { takeLock, transaction } from "../../ground/database/index.ts";
import type { AiDeps } from "../deps.ts";
import { createModel } from "../models/edit-models.ts";
import { createProvider } from "../providers/edit-providers.ts";
import { demoBaseUrl } from "./demo-fetch.ts";

const name = "Demo model (rule-based)";

/**
 * Makes the demo model's provider and its model in the organization, once: whoever deletes it gets it again at the next start,
 * whoever switches it off does not. It is the default where there is no other model.
 */
export async function seedDemoModel(ctx: Context, deps: AiDeps, organizationId: string): Promise<void> {
  const mayProvide = authorize(ctx, "ai_provider:create", {});
  const mayAdd = authorize(ctx, "chat_model_config:create", { organizationId });
  await transaction(ctx, deps.db, { name: "seed_demo_model", clock: deps.clock }, async (tx) => {
    await takeLock(tx, "demoModel");
    const known = await tx
      .selectFrom("ai_providers")
      .select("id")
      .where("base_url", "=", demoBaseUrl)
      .where((eb) => eb.not("deleted"))
      .executeTakeFirst();
    if (known !== undefined) return;
    const inIt = { ...deps, db: tx };
    const provider = await createProvider(ctx, inIt, mayProvide, {
      type: "openai-compat",
      name: "demo-model",
      display_name: name,
      base_url: demoBaseUrl,
      // It asks for none, and every provider has one.
      api_keys: ["demo-model"],
    });
    await createModel(ctx, inIt, mayAdd, {
      ai_provider_id: provider.id,
      model: "rule-based",
      display_name: name,
      context_limit: 100_000,
    });
  });
}

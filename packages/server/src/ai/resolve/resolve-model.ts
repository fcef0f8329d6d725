import type { LanguageModel } from "ai";
import type { ChatModelCallConfig } from "@hearth/sdk";
import type { Context } from "../../access/index.ts";
import { chooseKey, policyOf } from "../keys/key-policy.ts";
import { openCentralKey, openUserKey } from "../keys/sealed-keys.ts";
import { isSupported, type ProviderType } from "../providers/provider-types.ts";
import type { AiDeps } from "../deps.ts";
import { buildModel } from "../step/build-model.ts";
import { shownWords } from "../step/provider-fault.ts";
import { ModelUnavailable, type ModelError } from "../step/model-error.ts";
import { findTurnModel, type TurnModel, type WantedModel } from "./usable-models.ts";

/** A model that can be asked, for one turn of one owner's chat. */
export interface ResolvedModel {
  readonly configId: string;
  /** The word of the provider's type. */
  readonly provider: ProviderType;
  /** Its name with the provider. */
  readonly model: string;
  readonly displayName: string;
  /** In tokens. */
  readonly contextLimit: number;
  /** In percent. */
  readonly compressionThreshold: number;
  readonly options: ChatModelCallConfig;
  readonly languageModel: LanguageModel;
  /** What of the provider's words may be shown: without the key, which nothing else here has. */
  readonly shown: (words: string) => string;
}

/**
 * The model of a turn, with a key, for the owner of the chat, whose context `ctx` is. Asked at every generation: what was
 * disabled, taken away or forgotten since is noticed.
 * @throws ModelUnavailable `config` (no model), `provider_disabled`, `missing_key`
 * @throws SealError for a key whose row was changed
 * @see spec "AI chat" §16.3, §16.5
 */
export async function resolveModel(
  ctx: Context,
  { db, sealKey, fetch }: Pick<AiDeps, "db" | "sealKey"> & { readonly fetch: typeof globalThis.fetch },
  wanted: WantedModel,
): Promise<ResolvedModel> {
  const row = await findTurnModel(ctx, db, wanted);
  if (row === undefined) throw unavailable("config", undefined, noModel);
  const provider = row.provider_type;
  if (!isSupported(provider)) throw unavailable("config", provider, `No chat can use models of ${row.provider_name}.`);
  if (!row.provider_enabled) {
    throw unavailable(
      "provider_disabled",
      provider,
      `${row.provider_name} is switched off: choose a model of another provider.`,
    );
  }
  const apiKey = openKey(sealKey, row, wanted.ownerId);
  const { region } = row.settings ?? {};
  return {
    configId: row.id,
    provider,
    model: row.model,
    displayName: row.display_name,
    contextLimit: row.context_limit,
    compressionThreshold: row.compression_threshold,
    options: row.options,
    shown: (words) => shownWords(words, apiKey),
    languageModel: await buildModel(
      {
        type: provider,
        baseUrl: row.base_url,
        apiKey,
        model: row.model,
        region: typeof region === "string" ? region : undefined,
        usesChatCompletions: row.options.openai_config?.use_responses_api === false,
      },
      fetch,
    ),
  };
}

const noModel = "There is no model for this chat: an admin adds one under the organization's models.";

function openKey(sealKey: Buffer, row: TurnModel, userId: string): string {
  const { user_sealed: ofUser, central_sealed: central, key_id: keyId } = row;
  const choice = chooseKey(policyOf(row), { centralKey: central !== null, userKey: ofUser !== null });
  if (choice.source === "user" && ofUser !== null) {
    return openUserKey(sealKey, { userId, providerId: row.ai_provider_id }, ofUser);
  }
  if (choice.source === "central" && central !== null && keyId !== null) return openCentralKey(sealKey, keyId, central);
  const isTheirs = choice.source === undefined && choice.reason === "user_api_key_required";
  throw unavailable(
    "missing_key",
    row.provider_type,
    isTheirs
      ? `${row.provider_name} is used with keys of one's own: add yours under your settings.`
      : `There is no API key for ${row.provider_name}: an owner of the deployment adds one.`,
    isTheirs ? "user_api_key_required" : "missing_api_key",
  );
}

function unavailable(
  kind: ModelError["kind"],
  provider: ProviderType | undefined,
  message: string,
  detail?: string,
): ModelUnavailable {
  return new ModelUnavailable({
    message,
    ...(detail === undefined ? {} : { detail }),
    kind,
    ...(provider === undefined ? {} : { provider }),
    retryable: false,
  });
}

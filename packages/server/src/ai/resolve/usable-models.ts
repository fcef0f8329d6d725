import { can, type Context } from "../../access/index.ts";
import { defineQuery, sampleId, type Db } from "../../ground/database/index.ts";
import { modelObject } from "../models/models-store.ts";

const find = defineQuery({
  name: "ai.find_models_for_turn",
  samples: [
    { organizationId: sampleId, ownerId: sampleId, modelConfigIds: [sampleId] },
    { organizationId: sampleId, ownerId: sampleId, modelConfigIds: [] },
  ],
  build: (db, wanted: { organizationId: string; ownerId: string; modelConfigIds: readonly string[] }) =>
    db
      .selectFrom("chat_model_configs as m")
      .innerJoin("ai_providers as p", "p.id", "m.ai_provider_id")
      .leftJoin("user_ai_provider_keys as u", (join) =>
        join.onRef("u.ai_provider_id", "=", "p.id").on("u.user_id", "=", wanted.ownerId),
      )
      .leftJoinLateral(
        (eb) =>
          eb
            .selectFrom("ai_provider_keys as k")
            .select(["k.id as key_id", "k.sealed as central_sealed"])
            .whereRef("k.ai_provider_id", "=", "p.id")
            .orderBy("k.position")
            .orderBy("k.id")
            .limit(1)
            .as("k"),
        (join) => join.onTrue(),
      )
      .selectAll("m")
      .select([
        "p.type as provider_type",
        "p.display_name as provider_name",
        "p.enabled as provider_enabled",
        "p.base_url",
        "p.settings",
        "p.central_api_key_enabled",
        "p.allow_user_api_key",
        "p.allow_central_api_key_fallback",
        "u.sealed as user_sealed",
        "k.key_id",
        "k.central_sealed",
      ])
      .where("m.organization_id", "=", wanted.organizationId)
      .where((eb) => eb.not("m.deleted"))
      .where((eb) =>
        eb.or([
          eb("m.is_default", "=", true),
          ...(wanted.modelConfigIds.length === 0 ? [] : [eb("m.id", "in", [...wanted.modelConfigIds])]),
        ]),
      ),
});

/** A model with its provider, and what is sealed of the keys that it could be asked with. */
export type TurnModel = Awaited<ReturnType<ReturnType<typeof find>["execute"]>>[number];

export interface WantedModel {
  readonly organizationId: string;
  readonly ownerId: string;
  /** In the order in which they are wanted: the message's, the chat's last. What is none of the organization's counts for nothing. */
  readonly modelConfigIds: readonly string[];
}

/**
 * The model of a turn: the first of those wanted that its owner may use, else the organization's default; undefined where
 * that cannot be used either. `ctx` is the owner's. One statement.
 * @see spec "AI chat" §16.5
 */
export async function findTurnModel(ctx: Context, db: Db, wanted: WantedModel): Promise<TurnModel | undefined> {
  const rows = await find(db, wanted).execute();
  return chooseModel(
    rows.filter((row) => can(ctx, "chat_model_config:read", modelObject(row))),
    wanted.modelConfigIds,
  );
}

/** Pure. */
export function chooseModel<M extends { readonly id: string; readonly enabled: boolean; readonly is_default: boolean }>(
  readable: readonly M[],
  wantedIds: readonly string[],
): M | undefined {
  const usable = readable.filter(({ enabled }) => enabled);
  const wanted = wantedIds.map((id) => usable.find((row) => row.id === id)).find((row) => row !== undefined);
  return wanted ?? usable.find(({ is_default: isDefault }) => isDefault);
}

import type { ChatModelOverrideContext, ReasoningEffort } from "@hearth/sdk";
import type { Db } from "../../ground/database/index.ts";
import { chooseOverride, type Override } from "./choose-override.ts";
import { findOrganizationOverrides, findUserOverrides } from "./overrides-store.ts";

export interface FoundOverride {
  readonly modelConfigId: string;
  readonly effort: ReasoningEffort | undefined;
}

export interface OverrideWish {
  readonly organizationId: string;
  readonly ownerId: string;
  /** `root`: of a new chat. */
  readonly context: ChatModelOverrideContext | "root";
}

/**
 * The model that is used for one purpose in the place of the chat's own; undefined: the chat's own. Whether it can be used is
 * asked when it is. @see spec "AI chat" §13, §16.5
 */
export async function findOverride(db: Db, wish: OverrideWish): Promise<FoundOverride | undefined> {
  const { organizationId, ownerId: userId, context } = wish;
  const own = (await findUserOverrides(db, { organizationId, userId })).find((row) => row.context === context);
  const ofOrganization = (await findOrganizationOverrides(db, organizationId)).find((row) => row.context === context);
  const chosen = chooseOverride(
    own && { mode: own.mode, override: overrideOf(own) },
    ofOrganization && overrideOf(ofOrganization),
  );
  return chosen && { modelConfigId: chosen.modelConfigId, effort: chosen.effort ?? undefined };
}

function overrideOf(row: {
  readonly model_config_id: string | null;
  readonly reasoning_effort: ReasoningEffort | null;
}): Override | undefined {
  return row.model_config_id === null
    ? undefined
    : { modelConfigId: row.model_config_id, effort: row.reasoning_effort };
}

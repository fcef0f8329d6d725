import type { ChatPersonalModelOverrideMode, ReasoningEffort } from "@hearth/sdk";

/** A model in the place of another, with how hard it is to think; null: as it would be otherwise. */
export interface Override {
  readonly modelConfigId: string;
  readonly effort: ReasoningEffort | null;
}

/** What a user has chosen for itself. */
export interface PersonalOverride {
  readonly mode: ChatPersonalModelOverrideMode;
  readonly override: Override | undefined;
}

/** What a child of a chat uses: its owner's choice, else the organization's; undefined: what its parent does. Pure. @see spec "AI chat" §16.5 */
export function chooseOverride(
  personal: PersonalOverride | undefined,
  ofOrganization: Override | undefined,
): Override | undefined {
  if (personal?.mode === "model") return personal.override;
  return personal?.mode === "chat_default" ? undefined : ofOrganization;
}

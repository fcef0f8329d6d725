import type { Insertable } from "kysely";
import type { ParameterDeclaration } from "@hearth/provisioner";
import type { Tables } from "../ground/database/index.ts";

/** What a version declares of a parameter, as it is stored. Pure. */
export function toParameterRow(
  versionId: string,
  parameter: ParameterDeclaration,
): Insertable<Tables["template_version_parameters"]> {
  return {
    template_version_id: versionId,
    name: parameter.name,
    display_name: parameter.displayName,
    description: parameter.description,
    type: parameter.type,
    form_type: parameter.formType,
    mutable: parameter.mutable,
    default_value: parameter.defaultValue,
    icon: parameter.icon,
    options: JSON.stringify(parameter.options),
    validation_regex: parameter.validationRegex,
    validation_min: parameter.validationMin ?? null,
    validation_max: parameter.validationMax ?? null,
    validation_error: parameter.validationError,
    validation_monotonic: parameter.validationMonotonic,
    required: parameter.required,
    ephemeral: parameter.ephemeral,
    display_order: parameter.displayOrder,
    deliverable_at_claim: parameter.deliverableAtClaim,
  };
}

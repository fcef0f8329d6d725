import type { ParameterDeclaration } from "@hearth/provisioner";

/** A parameter that is text, mutable and optional unless said otherwise. */
export function declare(given: Partial<ParameterDeclaration>): ParameterDeclaration {
  return {
    name: "size",
    displayName: "",
    description: "",
    type: "string",
    formType: "",
    mutable: true,
    ephemeral: false,
    required: false,
    defaultValue: "",
    icon: "",
    displayOrder: 0,
    options: [],
    validationRegex: "",
    validationError: "",
    validationMin: undefined,
    validationMax: undefined,
    validationMonotonic: "",
    deliverableAtClaim: false,
    ...given,
  };
}

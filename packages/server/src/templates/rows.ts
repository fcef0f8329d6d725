import type { Selectable } from "kysely";
import type { Tables } from "../ground/database/index.ts";

export type TemplateRow = Selectable<Tables["templates"]>;
export type TemplateVersionRow = Selectable<Tables["template_versions"]>;
export type ParameterRow = Selectable<Tables["template_version_parameters"]>;
export type VariableRow = Selectable<Tables["template_version_variables"]>;

/** A preset with its values, by name. */
export interface Preset {
  readonly id: string;
  readonly templateVersionId: string;
  readonly name: string;
  readonly description: string;
  readonly icon: string;
  readonly isDefault: boolean;
  /** Undefined: it keeps no pool. */
  readonly desiredInstances: number | undefined;
  readonly parameters: readonly { name: string; value: string }[];
}

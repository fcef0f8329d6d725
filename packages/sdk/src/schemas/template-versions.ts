import { z } from "zod";
import { isGiven, rule } from "../rules.ts";
import { Time, Uuid } from "../scalars.ts";
import { EngineName } from "./hearth.ts";
import { WorkspaceBuildParameter } from "./builds.ts";
import { MinimalUser, NullHCLString } from "./common.ts";
import { MatchedProvisioners, ProvisionerJob, ProvisionerStorageMethod, ProvisionerType } from "./provisioners.ts";

/** What a version does that not every client can show. */
export const TemplateVersionWarning = z.enum(["UNSUPPORTED_WORKSPACES"]);
export type TemplateVersionWarning = z.infer<typeof TemplateVersionWarning>;

/** In which direction a number may be changed after the first build. */
export const ValidationMonotonicOrder = z.enum(["increasing", "decreasing"]);
export type ValidationMonotonicOrder = z.infer<typeof ValidationMonotonicOrder>;

/** What a parameter's value must be. Lists are JSON arrays of texts. */
export const OptionType = z.enum(["string", "number", "bool", "list(string)"]);
export type OptionType = z.infer<typeof OptionType>;

/**
 * How a form asks for a parameter; empty: as its type suggests. `error` stands where the template asks for what its
 * type does not allow.
 */
export const ParameterFormType = z.enum([
  "",
  "radio",
  "slider",
  "input",
  "dropdown",
  "checkbox",
  "switch",
  "multi-select",
  "tag-select",
  "textarea",
  "error",
]);
export type ParameterFormType = z.infer<typeof ParameterFormType>;

/** Whether a fault keeps a form from being sent. */
export const DiagnosticSeverity = z.enum(["error", "warning"]);
export type DiagnosticSeverity = z.infer<typeof DiagnosticSeverity>;

/** What a template's variable is set to, for one version; a secret if the template says so. */
export const VariableValue = z.object({
  name: z.string(),
  value: z.string(),
});
export type VariableValue = z.infer<typeof VariableValue>;

/**
 * A version to import: from an uploaded archive, or from a starter template. Its job is queued at once; it becomes
 * active only by being promoted.
 */
export const CreateTemplateVersionRequest = rule(
  rule(
    z.object({
      name: z.string().optional(),
      message: z.string().optional(),
      template_id: Uuid.optional(),
      storage_method: ProvisionerStorageMethod,
      file_id: Uuid.optional(),
      example_id: z.string().optional(),
      provisioner: ProvisionerType,
      tags: z.record(z.string(), z.string()).optional(),
      user_variable_values: z.array(VariableValue).optional(),
    }),
    (value) => isGiven(value["file_id"]) || isGiven(value["example_id"]),
    ["file_id", "example_id"],
    "One of file_id and example_id is needed.",
  ),
  (value) => !(isGiven(value["file_id"]) && isGiven(value["example_id"])),
  ["file_id", "example_id"],
  "Only one of file_id and example_id may be given.",
);
export type CreateTemplateVersionRequest = z.infer<typeof CreateTemplateVersionRequest>;

/**
 * A state of a template's source that was imported, or is being. It can be built of once `job` has succeeded. Without
 * `template_id` it is not part of a template yet.
 */
export const TemplateVersion = z.object({
  id: Uuid,
  template_id: Uuid.optional(),
  organization_id: Uuid.optional(),
  created_at: Time,
  updated_at: Time,
  name: z.string(),
  message: z.string(),
  job: ProvisionerJob,
  readme: z.string(),
  created_by: MinimalUser,
  archived: z.boolean(),
  warnings: z.array(TemplateVersionWarning).optional(),
  matched_provisioners: MatchedProvisioners.optional(),
  has_external_agent: z.boolean(),
  engine: EngineName.optional(),
});
export type TemplateVersion = z.infer<typeof TemplateVersion>;

/** A name of at most 64 characters that is unique in the template, and a message of at most 1 MiB. */
export const PatchTemplateVersionRequest = z.object({
  name: z.string().optional(),
  message: z.string().optional(),
});
export type PatchTemplateVersionRequest = z.infer<typeof PatchTemplateVersionRequest>;

/**
 * A service elsewhere to which builds of a version must be logged in, and whether the caller is. `optional`: it can
 * be built without.
 */
export const TemplateVersionExternalAuth = z.object({
  id: z.string(),
  type: z.string(),
  display_name: z.string(),
  display_icon: z.string(),
  authenticate_url: z.string(),
  authenticated: z.boolean(),
  optional: z.boolean().optional(),
});
export type TemplateVersionExternalAuth = z.infer<typeof TemplateVersionExternalAuth>;

/** One value that a parameter may have, with the name that forms show for it. */
export const TemplateVersionParameterOption = z.object({
  name: z.string(),
  description: z.string(),
  value: z.string(),
  icon: z.string(),
});
export type TemplateVersionParameterOption = z.infer<typeof TemplateVersionParameterOption>;

/**
 * What a version asks of whoever creates a workspace. Not `mutable`: fixed by the first build; `ephemeral`: for one
 * build alone. Bounds are left out where there are none.
 */
export const TemplateVersionParameter = z.object({
  name: z.string(),
  display_name: z.string().optional(),
  description: z.string(),
  description_plaintext: z.string(),
  type: OptionType,
  form_type: ParameterFormType,
  mutable: z.boolean(),
  default_value: z.string(),
  icon: z.string(),
  options: z.array(TemplateVersionParameterOption),
  validation_error: z.string().optional(),
  validation_regex: z.string().optional(),
  validation_min: z.int().optional(),
  validation_max: z.int().optional(),
  validation_monotonic: ValidationMonotonicOrder.optional(),
  required: z.boolean(),
  ephemeral: z.boolean(),
});
export type TemplateVersionParameter = z.infer<typeof TemplateVersionParameter>;

/** What a version asks of whoever imports it. Sensitive values come back as `*redacted*`. */
export const TemplateVersionVariable = z.object({
  name: z.string(),
  description: z.string(),
  type: z.enum(["bool", "number", "string"]),
  value: z.string(),
  default_value: z.string(),
  required: z.boolean(),
  sensitive: z.boolean(),
});
export type TemplateVersionVariable = z.infer<typeof TemplateVersionVariable>;

/** A value that a preset gives to a parameter. Capitalised on the wire. */
export const PresetParameter = z.object({
  Name: z.string(),
  Value: z.string(),
});
export type PresetParameter = z.infer<typeof PresetParameter>;

/**
 * Parameters under one name, for forms and for pools. At most one of a version is the default;
 * `DesiredPrebuildInstances` is null where it keeps no pool. Capitalised on the wire.
 */
export const Preset = z.object({
  ID: Uuid,
  Name: z.string(),
  Parameters: z.array(PresetParameter),
  Default: z.boolean(),
  DesiredPrebuildInstances: z.int().nullable(),
  Description: z.string(),
  Icon: z.string(),
});
export type Preset = z.infer<typeof Preset>;

/**
 * With what to plan a workspace that is never built. Everything may be left out; values that are refused show as the
 * job's failure.
 */
export const CreateTemplateVersionDryRunRequest = z.object({
  workspace_name: z.string().optional(),
  rich_parameter_values: z.array(WorkspaceBuildParameter).optional(),
  user_variable_values: z.array(VariableValue).optional(),
});
export type CreateTemplateVersionDryRunRequest = z.infer<typeof CreateTemplateVersionDryRunRequest>;

/** A word for programs about a fault; mostly empty. */
export const DiagnosticExtra = z.object({
  code: z.string(),
});
export type DiagnosticExtra = z.infer<typeof DiagnosticExtra>;

/** A fault in what was filled in, or in the template: one sentence, and more of it in `detail`. */
export const FriendlyDiagnostic = z.object({
  severity: DiagnosticSeverity,
  summary: z.string(),
  detail: z.string(),
  extra: DiagnosticExtra,
});
export type FriendlyDiagnostic = z.infer<typeof FriendlyDiagnostic>;

/** A form as it is filled in so far: all of it, not what changed. The answer carries the same `id`. */
export const DynamicParametersRequest = z.object({
  id: z.int(),
  inputs: z.record(z.string(), z.string()),
  owner_id: Uuid.optional(),
});
export type DynamicParametersRequest = z.infer<typeof DynamicParametersRequest>;

/** How a form draws a parameter. `mask_input`: as a password is. */
export const PreviewParameterStyling = z.object({
  placeholder: z.string().optional(),
  disabled: z.boolean().optional(),
  label: z.string().optional(),
  mask_input: z.boolean().optional(),
});
export type PreviewParameterStyling = z.infer<typeof PreviewParameterStyling>;

/** One value that a parameter may have for what is filled in so far. */
export const PreviewParameterOption = z.object({
  name: z.string(),
  description: z.string(),
  value: NullHCLString,
  icon: z.string(),
});
export type PreviewParameterOption = z.infer<typeof PreviewParameterOption>;

/** What a value must satisfy; null where there is no such bound. `validation_error` is the template's own sentence. */
export const PreviewParameterValidation = z.object({
  validation_error: z.string(),
  validation_regex: z.string().nullable(),
  validation_min: z.int().nullable(),
  validation_max: z.int().nullable(),
  validation_monotonic: z.string().nullable(),
});
export type PreviewParameterValidation = z.infer<typeof PreviewParameterValidation>;

/**
 * A parameter for what is filled in so far: which of them there are may depend on the others. Its own faults are in
 * `diagnostics`.
 */
export const PreviewParameter = z.object({
  name: z.string(),
  display_name: z.string(),
  description: z.string(),
  type: OptionType,
  form_type: ParameterFormType,
  styling: PreviewParameterStyling,
  mutable: z.boolean(),
  default_value: NullHCLString,
  icon: z.string(),
  options: z.array(PreviewParameterOption),
  validations: z.array(PreviewParameterValidation),
  required: z.boolean(),
  order: z.int(),
  ephemeral: z.boolean(),
  value: NullHCLString,
  diagnostics: z.array(FriendlyDiagnostic),
});
export type PreviewParameter = z.infer<typeof PreviewParameter>;

/** The form that belongs to the request of the same `id`; -1 is the one that comes unasked, for nothing filled in. */
export const DynamicParametersResponse = z.object({
  id: z.int(),
  diagnostics: z.array(FriendlyDiagnostic),
  parameters: z.array(PreviewParameter),
});
export type DynamicParametersResponse = z.infer<typeof DynamicParametersResponse>;

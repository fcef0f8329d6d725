import { z } from "zod";
import { isGiven, rule } from "../rules.ts";
import { Time, Uuid } from "../scalars.ts";
import { EngineName } from "./hearth.ts";
import { WorkspaceBuildParameter } from "./builds.ts";
import { MinimalUser, NullHCLString } from "./common.ts";
import { MatchedProvisioners, ProvisionerJob, ProvisionerStorageMethod, ProvisionerType } from "./provisioners.ts";

export const TemplateVersionWarning = z.enum(["UNSUPPORTED_WORKSPACES"]);
export type TemplateVersionWarning = z.infer<typeof TemplateVersionWarning>;

export const ValidationMonotonicOrder = z.enum(["increasing", "decreasing"]);
export type ValidationMonotonicOrder = z.infer<typeof ValidationMonotonicOrder>;

export const OptionType = z.enum(["string", "number", "bool", "list(string)"]);
export type OptionType = z.infer<typeof OptionType>;

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

export const DiagnosticSeverity = z.enum(["error", "warning"]);
export type DiagnosticSeverity = z.infer<typeof DiagnosticSeverity>;

export const VariableValue = z.object({
  name: z.string(),
  value: z.string(),
});
export type VariableValue = z.infer<typeof VariableValue>;

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

export const PatchTemplateVersionRequest = z.object({
  name: z.string().optional(),
  message: z.string().optional(),
});
export type PatchTemplateVersionRequest = z.infer<typeof PatchTemplateVersionRequest>;

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

export const TemplateVersionParameterOption = z.object({
  name: z.string(),
  description: z.string(),
  value: z.string(),
  icon: z.string(),
});
export type TemplateVersionParameterOption = z.infer<typeof TemplateVersionParameterOption>;

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

export const PresetParameter = z.object({
  Name: z.string(),
  Value: z.string(),
});
export type PresetParameter = z.infer<typeof PresetParameter>;

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

export const CreateTemplateVersionDryRunRequest = z.object({
  workspace_name: z.string().optional(),
  rich_parameter_values: z.array(WorkspaceBuildParameter).optional(),
  user_variable_values: z.array(VariableValue).optional(),
});
export type CreateTemplateVersionDryRunRequest = z.infer<typeof CreateTemplateVersionDryRunRequest>;

export const DiagnosticExtra = z.object({
  code: z.string(),
});
export type DiagnosticExtra = z.infer<typeof DiagnosticExtra>;

export const FriendlyDiagnostic = z.object({
  severity: DiagnosticSeverity,
  summary: z.string(),
  detail: z.string(),
  extra: DiagnosticExtra,
});
export type FriendlyDiagnostic = z.infer<typeof FriendlyDiagnostic>;

export const DynamicParametersRequest = z.object({
  id: z.int(),
  inputs: z.record(z.string(), z.string()),
  owner_id: Uuid.optional(),
});
export type DynamicParametersRequest = z.infer<typeof DynamicParametersRequest>;

export const PreviewParameterStyling = z.object({
  placeholder: z.string().optional(),
  disabled: z.boolean().optional(),
  label: z.string().optional(),
  mask_input: z.boolean().optional(),
});
export type PreviewParameterStyling = z.infer<typeof PreviewParameterStyling>;

export const PreviewParameterOption = z.object({
  name: z.string(),
  description: z.string(),
  value: NullHCLString,
  icon: z.string(),
});
export type PreviewParameterOption = z.infer<typeof PreviewParameterOption>;

export const PreviewParameterValidation = z.object({
  validation_error: z.string(),
  validation_regex: z.string().nullable(),
  validation_min: z.int().nullable(),
  validation_max: z.int().nullable(),
  validation_monotonic: z.string().nullable(),
});
export type PreviewParameterValidation = z.infer<typeof PreviewParameterValidation>;

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

export const DynamicParametersResponse = z.object({
  id: z.int(),
  diagnostics: z.array(FriendlyDiagnostic),
  parameters: z.array(PreviewParameter),
});
export type DynamicParametersResponse = z.infer<typeof DynamicParametersResponse>;

// templates: what workspaces are made of. Owns files, templates, versions and what an import found: parameters, variables,
// presets. Promises: a template's active version was imported successfully; an archive's bytes never change. Announces
// template and prebuilds_wake. Its jobs are imports.
import type { Route } from "../http/index.ts";
import { fileRoutes } from "./files.ts";
import { templateRoutes } from "./template-routes.ts";
import { versionRoutes } from "./version-routes.ts";
import type { TemplateDeps } from "./versions.ts";

export { getTemplate, templateObject } from "./access.ts";
export { createTemplate } from "./create-template.ts";
export { readExample } from "./examples.ts";
export { findFile, readFileBytes, storeFile } from "./files.ts";
export { importJobKind } from "./import-kind.ts";
export type { ParameterRow, Preset, PresetRow, TemplateRow, TemplateVersionRow, VariableRow } from "./rows.ts";
export {
  findTemplate,
  findTemplateByName,
  findTemplateVersion,
  listPresets,
  listVersionParameters,
  listVersionVariables,
} from "./store.ts";
export { createVersion, promoteVersion, type TemplateDeps } from "./versions.ts";
export { daysFromBitmap } from "./weekdays.ts";

/** Every route of this capability. */
export function templatesRoutes(deps: TemplateDeps): Route[] {
  return [...fileRoutes(deps), ...templateRoutes(deps), ...versionRoutes(deps)];
}

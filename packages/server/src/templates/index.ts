// templates: what workspaces are made of. Owns files, templates, versions and what an import found: parameters, variables,
// presets. Promises: a template's active version was imported successfully; an archive's bytes never change. Announces
// template and prebuilds_wake. Its jobs are imports.
export {
  authorizeFile,
  authorizeNewTemplate,
  getTemplate,
  getTemplateByName,
  getVersion,
  templateObject,
} from "./access.ts";
export { createTemplates } from "./create-templates.ts";
export { createTemplate } from "./create-template.ts";
export { readExample } from "./examples.ts";
export { readFile, storeBytes } from "./file-store.ts";
export { invalidatePresets } from "./invalidate-presets.ts";
export { toParameterRow } from "./parameter-row.ts";
export { setPoolStatus } from "./preset-pool.ts";
export type { TemplateRow } from "./rows.ts";
export { findTemplate, hasTemplates, listPresets } from "./store.ts";
export type { ManifestOf, VersionManifest } from "./version-manifests.ts";
export { placeOfVersionSecrets } from "./version-secrets.ts";
export { visibleTemplate } from "./template-query.ts";
export { createVersion, type TemplateDeps } from "./versions.ts";

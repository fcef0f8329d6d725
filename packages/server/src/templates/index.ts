// templates: what workspaces are made of. Owns files, templates, versions and what an import found: parameters, variables,
// presets. Promises: a template's active version was imported successfully; an archive's bytes never change. Announces
// template and prebuilds_wake. Its jobs are imports.
import type { Logger } from "@hearth/base";
import type { Route } from "../ground/http/index.ts";
import { fileRoutes, type FileDeps } from "./files.ts";
import { templateSharingRoutes } from "./sharing-routes.ts";
import { templateRoutes } from "./template-routes.ts";
import { versionRoutes } from "./version-routes.ts";
import type { TemplateDeps } from "./versions.ts";

export { getTemplate, templateObject } from "./access.ts";
export { createTemplate } from "./create-template.ts";
export { readExample } from "./examples.ts";
export { readFile, storeBytes } from "./file-store.ts";
export { importJobKind } from "./import-kind.ts";
export { invalidatePresets, setPoolStatus } from "./preset-pool.ts";
export type { TemplateRow } from "./rows.ts";
export { findTemplate } from "./store.ts";
export { visibleTemplate } from "./template-query.ts";
export { createVersion, type TemplateDeps } from "./versions.ts";

/** Every route of this capability. */
export function templatesRoutes(deps: TemplateDeps & FileDeps & { log: Logger }): Route[] {
  return [...fileRoutes(deps), ...templateRoutes(deps), ...versionRoutes(deps), ...templateSharingRoutes(deps)];
}

import type { Logger } from "@hearth/base";
import type { Capability } from "../ground/lifecycle/index.ts";
import type { JobKind } from "../jobs/index.ts";
import { fileRoutes, type FileDeps } from "./files.ts";
import { importJobKind } from "./import-kind.ts";
import { templateSharingRoutes } from "./sharing-routes.ts";
import { templateRoutes } from "./template-routes.ts";
import { sealOldVersionSecrets } from "./version-secrets.ts";
import { versionRoutes } from "./version-routes.ts";
import type { TemplateDeps } from "./versions.ts";

/** Templates, their versions and the archives that those are made of. */
export function createTemplates(deps: TemplateDeps & FileDeps & { readonly log: Logger }): Capability<JobKind> {
  return {
    name: "templates",
    routes: [...fileRoutes(deps), ...templateRoutes(deps), ...versionRoutes(deps), ...templateSharingRoutes(deps)],
    jobKinds: { template_version_import: importJobKind(deps) },
    sealers: { version_secrets: sealOldVersionSecrets(deps.sealKey) },
  };
}

import type { Logger } from "@hearth/base";
import { ArchiveThreads } from "@hearth/provisioner";
import type { Capability } from "../ground/lifecycle/index.ts";
import type { JobKind } from "../jobs/index.ts";
import { fileRoutes, type FileDeps } from "./files.ts";
import { importJobKind } from "./import-kind.ts";
import { templateSharingRoutes } from "./sharing-routes.ts";
import { templateRoutes } from "./template-routes.ts";
import { sealOldVersionSecrets } from "./version-secrets.ts";
import { versionManifests, type ManifestOf } from "./version-manifests.ts";
import { versionRoutes } from "./version-routes.ts";
import type { TemplateDeps } from "./versions.ts";

type TemplatesDeps = Omit<TemplateDeps & FileDeps, "archives"> & { readonly log: Logger };

export interface Templates extends Capability<JobKind> {
  readonly manifestOf: ManifestOf;
}

/** Templates, their versions and the archives that those are made of. */
export function createTemplates(given: TemplatesDeps): Templates {
  const deps = { ...given, archives: new ArchiveThreads(given) };
  return {
    name: "templates",
    routes: [...fileRoutes(deps), ...templateRoutes(deps), ...versionRoutes(deps), ...templateSharingRoutes(deps)],
    jobKinds: { template_version_import: importJobKind(deps) },
    manifestOf: versionManifests(deps),
    sealers: { version_secrets: sealOldVersionSecrets(deps.sealKey) },
  };
}

// Native templates: `hearth.yaml` read with every mistake located, described for an import, filled in for a build.
export { describeTemplate, type DescribedTemplate, type TemplateDescription } from "./describe-template.ts";
export { evaluateBuild, ManifestError, resourcesOf, type EvaluatedBuild } from "./evaluate-build.ts";
export { manifestJsonSchema } from "./json-schema.ts";
export { manifestFile, parseManifest, type Manifest } from "./parse-manifest.ts";
export { formatProblem, type ManifestProblem } from "./problem.ts";
export { languages, templateKind } from "./template-kind.ts";
export { evaluateTags, type BuildInputs } from "./scope.ts";
export { renderClaim, useOfWorkspaceId, type KeptResource } from "./render-claim.ts";

// Native templates: `hearth.yaml` read with every mistake located, described for an import, filled in for a build.
export {
  describeTemplate,
  templateKind,
  type DescribedTemplate,
  type TemplateDescription,
  type TemplateKind,
} from "./describe-template.ts";
export { evaluateBuild, ManifestError, resourcesOf, type EvaluatedBuild } from "./evaluate-build.ts";
export { manifestJsonSchema } from "./json-schema.ts";
export { manifestFile, parseManifest, type Manifest } from "./parse-manifest.ts";
export { formatProblem, type ManifestProblem } from "./problem.ts";
export { evaluateTags, type BuildInputs } from "./scope.ts";

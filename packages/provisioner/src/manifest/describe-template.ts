import type { TemplateFiles } from "../archive/index.ts";
import type { NameValue, ParameterDeclaration, ResourceDeclaration } from "../protocol.ts";
import { evaluateBuild, ManifestError, resourcesOf, type EvaluatedBuild } from "./evaluate-build.ts";
import { sampleValue } from "./parameters.ts";
import { manifestFile, parseManifest, type Manifest } from "./parse-manifest.ts";
import type { ManifestProblem } from "./problem.ts";
import type { BuildInputs } from "./scope.ts";

/** All that an import learns from a native template's files. */
export interface TemplateDescription {
  readonly manifest: Manifest;
  readonly readme: string;
  readonly startResources: readonly ResourceDeclaration[];
  readonly stopResources: readonly ResourceDeclaration[];
  /** What was evaluated: with defaults, for nobody in particular. Undefined when only a user's values can fill it in. */
  readonly sample: EvaluatedBuild | undefined;
  readonly warnings: readonly ManifestProblem[];
}

export type DescribedTemplate =
  | { readonly ok: true; readonly description: TemplateDescription }
  | { readonly ok: false; readonly problems: readonly ManifestProblem[]; readonly missingVariables: readonly string[] };

/** Reads a native template: its manifest, and what a build with defaults would give. Pure; never throws for what files say. */
export function describeTemplate(files: TemplateFiles, variables: readonly NameValue[]): DescribedTemplate {
  const parsed = parseManifest(files.get(manifestFile) ?? new Uint8Array(), variables);
  if (!parsed.ok) return parsed;
  const { manifest, missingVariables } = parsed;
  if (missingVariables.length > 0) return { ok: false, problems: [], missingVariables };
  const warnings = [...parsed.warnings];
  let sample: EvaluatedBuild | undefined;
  try {
    sample = evaluateBuild(manifest, sampleInputs(manifest));
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    const certain = error.faults.filter(({ names }) => !names.some((name) => isSampled(manifest, name)));
    if (certain.length > 0) return { ok: false, problems: certain.map(({ problem }) => problem), missingVariables: [] };
    warnings.push(...error.faults.map(({ problem }) => problem));
  }
  const resources = (transition: "start" | "stop"): readonly ResourceDeclaration[] =>
    sample ? resourcesOf(sample.settings, sample.agents, transition) : [];
  return {
    ok: true,
    description: {
      manifest,
      readme: readmeOf(files),
      startResources: resources("start"),
      stopResources: resources("stop"),
      sample,
      warnings,
    },
  };
}

/** Whether the import had to make the value up, so that what came of it says nothing about real builds. */
function isSampled(manifest: Manifest, [root, name]: readonly string[]): boolean {
  if (root === "param") return manifest.parameters.some((parameter) => parameter.name === name && parameter.required);
  return root !== "var";
}

/** Nobody's build, with each parameter's default, or a value that its rules allow where there is none. */
function sampleInputs(manifest: Manifest): BuildInputs {
  return {
    transition: "start",
    startCount: 1,
    isPrebuild: false,
    workspace: { id: "00000000-0000-0000-0000-000000000000", name: "default" },
    owner: {
      id: "00000000-0000-0000-0000-000000000000",
      name: "default",
      fullName: "default",
      email: "default@example.com",
      groups: ["Everyone"],
      sshPublicKey: "",
    },
    template: {
      id: "00000000-0000-0000-0000-000000000000",
      name: manifest.suggested.name || "default",
      version: "default",
    },
    parameters: manifest.parameters.map((parameter: ParameterDeclaration) => ({
      name: parameter.name,
      value: sampleValue(parameter),
    })),
    variables: [],
    accessUrl: "http://localhost",
  };
}

/** The longest readme that a version keeps. @see spec/builds.md §1.2 */
const longestReadme = 1024 * 1024;

function readmeOf(files: TemplateFiles): string {
  const path = files.has("README.md") ? "README.md" : [...files.keys()].find((name) => /^readme\.md$/i.test(name));
  const content = path === undefined ? undefined : files.get(path);
  return content === undefined ? "" : new TextDecoder().decode(content).replaceAll("\0", "").slice(0, longestReadme);
}

import type { z } from "zod";
import type { DeclaredNames } from "../expressions/index.ts";
import type { NameValue, ParameterDeclaration, PresetDeclaration, VariableDeclaration } from "../protocol.ts";
import { checkAgents } from "./agents.ts";
import { readManifest, type ManifestDocument } from "./document.ts";
import { explainIssues } from "./explain-issue.ts";
import { readParameters, type Numbered } from "./parameters.ts";
import { readPresets } from "./presets.ts";
import type { ManifestProblem } from "./problem.ts";
import { checkReach, infrastructureParameters } from "./reach.ts";
import { newReport, type Report } from "./report.ts";
import { Agent, Manifest as ManifestSchema, Parameter, Preset, Variable, type nativeEngines } from "./schema.ts";
import { compileTexts, type Compiled } from "./texts.ts";
import { readVariables } from "./variables.ts";

export const manifestFile = "hearth.yaml";
/** A file with more mistakes than this is told the first ones. */
const mostProblems = 100;

/** A manifest that holds all rules, with its texts read and waiting for a build's inputs. */
export interface Manifest {
  readonly document: ManifestDocument;
  readonly suggested: { readonly name: string; readonly description: string; readonly icon: string };
  readonly engine: (typeof nativeEngines)[number];
  readonly parameters: readonly ParameterDeclaration[];
  readonly variables: readonly VariableDeclaration[];
  readonly presets: readonly PresetDeclaration[];
  /** Tag → text as written, which may hold `${param.…}` and `${var.…}`. */
  readonly tags: Readonly<Record<string, string>>;
  readonly workspace: Compiled;
  readonly agents: Compiled;
}

export type ParsedManifest =
  | {
      readonly ok: true;
      readonly manifest: Manifest;
      readonly warnings: readonly ManifestProblem[];
      /** Required variables without a value. The manifest is sound, but nothing can be built from it. */
      readonly missingVariables: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly ManifestProblem[]; readonly missingVariables: readonly string[] };

/**
 * Reads `hearth.yaml`. All mistakes of the file come at once, in its order. Pure; never throws for what a file says.
 * @see spec/native-templates.md "Shape"
 */
export function parseManifest(bytes: Uint8Array, variables: readonly NameValue[] = []): ParsedManifest {
  const read = readManifest(manifestFile, bytes);
  if (!read.ok) return { ok: false, problems: sorted(read.problems), missingVariables: [] };
  const { document } = read;
  const report = newReport(document);
  const shape = ManifestSchema.safeParse(document.data);
  if (!shape.success) report.problems.push(...explainIssues(document, ManifestSchema, shape.error.issues));

  const root = isRecord(document.data) ? document.data : {};
  const declared = readVariables(document, validItems(Variable, root.variables), variables, report);
  const drafts = readParameters(document, validItems(Parameter, root.parameters), report);
  const presets = readPresets(document, validItems(Preset, root.presets), drafts, report);
  checkAgents(validItems(Agent, root.agents), report);

  const names: DeclaredNames = {
    parameters: new Map(drafts.map(({ name, type }) => [name, type])),
    variables: new Map(declared.declarations.map(({ name, type }) => [name, type])),
  };
  const isComplete =
    drafts.length === lengthOf(root.parameters) && declared.declarations.length === lengthOf(root.variables);
  const tags = compileTexts(
    root.tags ?? {},
    ["tags"],
    { declared: names, isComplete, allowed: ["param", "var"] },
    report,
  );
  const workspace = compileTexts(root.workspace, ["workspace"], { declared: names, isComplete }, report);
  const agents = compileTexts(root.agents, ["agents"], { declared: names, isComplete }, report);
  warnUnfilled(root, report);
  checkReach(workspace, ["workspace"], presets, report);

  if (!shape.success || report.problems.length > 0) {
    return { ok: false, problems: sorted(report.problems), missingVariables: declared.missing };
  }
  const fixed = infrastructureParameters(workspace, tags);
  const { name = "", description = "", icon = "" } = shape.data;
  const manifest: Manifest = {
    document,
    suggested: { name, description, icon },
    engine: shape.data.workspace.engine,
    parameters: drafts.map((draft) => ({ ...draft, deliverableAtClaim: !fixed.has(draft.name) })),
    variables: declared.declarations,
    presets,
    tags: Object.fromEntries(
      Object.keys(shape.data.tags ?? {}).map((tag) => [tag, document.textAt(["tags", tag]) ?? ""]),
    ),
    workspace,
    agents,
  };
  return { ok: true, manifest, warnings: sorted(report.warnings), missingVariables: declared.missing };
}

/** The items of a list that hold the schema, with their places; the others have been told by the whole's schema. */
function validItems<T>(schema: z.ZodType<T>, items: unknown): Numbered<T>[] {
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: unknown, index) => {
    const parsed = schema.safeParse(item);
    return parsed.success ? [{ index, item: parsed.data }] : [];
  });
}

/** Only workspace, agents and tags are filled in; elsewhere `${var.x}` stays as it is, which is hardly ever meant. */
function warnUnfilled(root: Record<string, unknown>, report: Report): void {
  const visit = (value: unknown, path: readonly (string | number)[]): void => {
    if (typeof value === "string") {
      const found = /(?<!\$)\$\{\{?[ \t]*(param|var|workspace|owner|template|access_url)\b/.exec(value);
      if (found)
        report.warn(
          path,
          "Nothing is filled in here; the text stays as it is. Use ${…} in workspace, agents and tags.",
        );
    } else if (Array.isArray(value)) value.forEach((element, index) => visit(element, [...path, index]));
    else if (isRecord(value)) for (const [key, element] of Object.entries(value)) visit(element, [...path, key]);
  };
  for (const section of ["name", "description", "icon", "variables", "parameters", "presets"])
    visit(root[section], [section]);
}

function sorted(problems: readonly ManifestProblem[]): ManifestProblem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column).slice(0, mostProblems);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}

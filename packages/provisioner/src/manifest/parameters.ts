import { typeRule, type ParameterFormType } from "@hearth/sdk";
import { parameterValueProblem, PatternError } from "@hearth/sdk/parameter-value";
import type { ParameterDeclaration, ParameterType } from "../protocol.ts";
import type { ManifestDocument } from "./document.ts";
import { typedValue } from "./typed-value.ts";
import type { Path } from "./problem.ts";
import { reportDuplicates, type Report } from "./report.ts";
import type { Parameter } from "./schema.ts";

type Forms = readonly ParameterFormType[];

/** By type, with options and without; the first is what an absent form type becomes. @see spec/template-language.md */
const fittingForms: Readonly<Record<ParameterType, { withOptions: Forms; without: Forms }>> = {
  string: { withOptions: ["radio", "dropdown"], without: ["input", "textarea"] },
  number: { withOptions: ["radio", "dropdown"], without: ["input", "slider"] },
  bool: { withOptions: ["radio", "dropdown"], without: ["checkbox", "switch"] },
  "list(string)": { withOptions: ["radio", "multi-select"], without: ["tag-select"] },
};

export interface Numbered<T> {
  readonly index: number;
  readonly item: T;
}

/** A parameter before it is known where its value reaches. */
export type ParameterDraft = Omit<ParameterDeclaration, "deliverableAtClaim">;

/** Checks the parameters' own rules and gives them as declarations, in the file's order. */
export function readParameters(
  document: ManifestDocument,
  parameters: readonly Numbered<Parameter>[],
  report: Report,
): ParameterDraft[] {
  reportDuplicates(
    parameters,
    (parameter) => parameter.name,
    (index, name) => report.problem(["parameters", index, "name"], `There are two parameters named "${name}".`),
  );
  return parameters.map(({ index, item }) => readParameter(document, ["parameters", index], item, report));
}

function readParameter(document: ManifestDocument, path: Path, parameter: Parameter, report: Report): ParameterDraft {
  const type = parameter.type ?? "string";
  const draft: ParameterDraft = {
    name: parameter.name,
    displayName: parameter.display_name ?? "",
    description: parameter.description ?? "",
    type,
    formType: readFormType(path, parameter, report),
    mutable: parameter.mutable ?? false,
    ephemeral: parameter.ephemeral ?? false,
    required: parameter.default === undefined || parameter.default === null,
    defaultValue: writtenValue(document, [...path, "default"], parameter.default),
    icon: parameter.icon ?? "",
    displayOrder: parameter.order ?? 0,
    options: (parameter.options ?? []).map((option, at) => ({
      name: option.name,
      description: option.description ?? "",
      value: writtenValue(document, [...path, "options", at, "value"], option.value),
      icon: option.icon ?? "",
    })),
    validationRegex: parameter.validation?.regex ?? "",
    validationError: parameter.validation?.error ?? "",
    validationMin: parameter.validation?.min,
    validationMax: parameter.validation?.max,
    validationMonotonic: parameter.validation?.monotonic ?? "",
  };
  const isSound = [
    checkLifetime(path, parameter, report),
    checkOptions(path, draft, report),
    checkValidation(path, draft, parameter, report),
  ].every(Boolean);
  if (isSound && !draft.required && draft.defaultValue !== "") {
    const wrong = parameterValueProblem(draft, draft.defaultValue, { patterns: report.patterns });
    if (wrong !== undefined) report.problem([...path, "default"], `The default does not fit: ${wrong}.`);
  }
  return draft;
}

/** A value as parameters carry it: the text as written, lists as JSON. `""` for none. */
export function writtenValue(document: ManifestDocument, path: Path, value: unknown): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return JSON.stringify(value);
  return document.textAt(path) ?? "";
}

function readFormType(path: Path, parameter: Parameter, report: Report): ParameterFormType {
  const type = parameter.type ?? "string";
  const hasOptions = (parameter.options ?? []).length > 0;
  const fitting = hasOptions ? fittingForms[type].withOptions : fittingForms[type].without;
  if (parameter.form_type === undefined) return fitting[0] ?? "";
  if (!fitting.includes(parameter.form_type)) {
    report.problem(
      [...path, "form_type"],
      `"${parameter.form_type}" does not fit a parameter of type ${type} ${hasOptions ? "with" : "without"} options.`,
      { allowed: fitting.join(", ") },
    );
  }
  return parameter.form_type;
}

function checkLifetime(path: Path, parameter: Parameter, report: Report): boolean {
  if (parameter.ephemeral !== true) return true;
  if (parameter.mutable !== true) {
    report.problem(
      [...path, "ephemeral"],
      "An ephemeral parameter must be mutable: its value changes with each build.",
      {
        allowed: "ephemeral with mutable: true",
      },
    );
  }
  if (parameter.default === undefined || parameter.default === null) {
    report.problem(
      [...path, "ephemeral"],
      "An ephemeral parameter must have a default, for the builds that do not set it.",
    );
  }
  return true;
}

function checkOptions(path: Path, draft: ParameterDraft, report: Report): boolean {
  const options = draft.options.map((item, index) => ({ index, item }));
  const at = (index: number, field: string): Path => [...path, "options", index, field];
  let isSound = true;
  const wrong = (where: Path, message: string): void => {
    isSound = false;
    report.problem(where, message);
  };
  reportDuplicates(
    options,
    (option) => option.name,
    (index, name) => wrong(at(index, "name"), `There are two options named "${name}".`),
  );
  reportDuplicates(
    options,
    (option) => option.value,
    (index, value) => wrong(at(index, "value"), `There are two options with the value ${JSON.stringify(value)}.`),
  );
  // In a multi-select each option is an element of the list, elsewhere a whole value.
  const type = draft.formType === "multi-select" ? "string" : draft.type;
  for (const { index, item } of options) {
    if (typedValue(type, item.value) === undefined) {
      wrong(
        at(index, "value"),
        `${JSON.stringify(item.value)} is not ${typeRule(type)}, as the options of this parameter must be.`,
      );
    }
  }
  return isSound;
}

function checkValidation(path: Path, draft: ParameterDraft, parameter: Parameter, report: Report): boolean {
  const { validation } = parameter;
  if (!validation) return true;
  const at = (field: string): Path => [...path, "validation", field];
  const before = report.problems.length;
  const { regex, error, min, max, monotonic } = validation;
  if (draft.type !== "number") {
    for (const [field, value] of Object.entries({ min, max, monotonic })) {
      if (value !== undefined)
        report.problem(at(field), `"${field}" is for numbers; this parameter is of type ${draft.type}.`, { at: "key" });
    }
  }
  if (regex !== undefined) checkRegex(at("regex"), draft, regex, error, report);
  if (min !== undefined && max !== undefined && min > max) {
    report.problem(at("min"), `"min" (${min}) is greater than "max" (${max}).`);
  }
  for (const [field, value] of Object.entries({ min, max })) {
    if (value !== undefined && !Number.isInteger(value))
      report.problem(at(field), `"${field}" must be a whole number.`);
  }
  return report.problems.length === before;
}

function checkRegex(path: Path, draft: ParameterDraft, regex: string, error: string | undefined, report: Report): void {
  if (draft.type !== "string")
    report.problem(path, `"regex" is for texts; this parameter is of type ${draft.type}.`, { at: "key" });
  if (error === undefined || error === "") {
    report.problem(path, '"regex" needs "error", which tells users what to write.', { at: "key" });
  }
  try {
    report.patterns.check(regex);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    report.problem(path, `This is no regular expression that RE2 takes: ${error.message}.`, {
      textOffset: error.offset,
    });
  }
}

/** A value that stands in for a required parameter while nobody has given one: the import's sample. */
export function sampleValue(draft: ParameterDraft): string {
  if (!draft.required) return draft.defaultValue;
  const [option] = draft.options;
  if (option) return draft.formType === "multi-select" ? JSON.stringify([option.value]) : option.value;
  switch (draft.type) {
    case "string":
      return "";
    case "number":
      return String(draft.validationMin ?? draft.validationMax ?? 0);
    case "bool":
      return "false";
    case "list(string)":
      return "[]";
  }
}

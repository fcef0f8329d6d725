import { typeRule } from "@hearth/sdk";
import { didYouMean } from "../expressions/index.ts";
import type { NameValue, VariableDeclaration } from "../protocol.ts";
import type { ManifestDocument } from "./document.ts";
import { typedValue } from "./typed-value.ts";
import { writtenValue, type Numbered } from "./parameters.ts";
import { reportDuplicates, type Report } from "./report.ts";
import type { Variable } from "./schema.ts";

/** The variables with the values that the author gave, and the names of those that lack one. */
export interface ReadVariables {
  readonly declarations: readonly VariableDeclaration[];
  readonly missing: readonly string[];
}

/** Checks the variables' rules and resolves each: the author's value, else the default. */
export function readVariables(
  document: ManifestDocument,
  variables: readonly Numbered<Variable>[],
  given: readonly NameValue[],
  report: Report,
): ReadVariables {
  reportDuplicates(
    variables,
    (variable) => variable.name,
    (index, name) => report.problem(["variables", index, "name"], `There are two variables named "${name}".`),
  );
  const values = new Map(given.map(({ name, value }) => [name, value]));
  const missing: string[] = [];
  const declarations = variables.map(({ index, item }) => {
    const path = ["variables", index];
    const type = item.type ?? "string";
    const required = item.default === undefined || item.default === null;
    const defaultValue = writtenValue(document, [...path, "default"], item.default);
    const value = values.get(item.name) ?? defaultValue;
    if (!required && typedValue(type, defaultValue) === undefined) {
      report.problem([...path, "default"], `${JSON.stringify(defaultValue)} is not ${typeRule(type)}.`);
    }
    if (value === "" && required) missing.push(item.name);
    else if (values.has(item.name) && typedValue(type, value) === undefined) {
      const shown = item.sensitive === true ? "The value given" : JSON.stringify(value);
      report.problem([...path, "name"], `${shown} for the variable "${item.name}" is not ${typeRule(type)}.`);
    }
    return {
      name: item.name,
      description: item.description ?? "",
      type,
      value,
      defaultValue,
      required,
      sensitive: item.sensitive ?? false,
    } satisfies VariableDeclaration;
  });
  const names = declarations.map((declaration) => declaration.name);
  for (const name of values.keys()) {
    if (!names.includes(name)) {
      report.warn(
        ["variables"],
        `A value was given for "${name}", which is no variable of this template.${didYouMean(name, names)}`,
      );
    }
  }
  return { declarations, missing };
}

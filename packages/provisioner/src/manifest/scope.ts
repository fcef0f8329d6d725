import {
  formatValue,
  parseTemplateText,
  evaluateText,
  EvaluationError,
  type Scope,
  type Value,
} from "../expressions/index.ts";
import type { BuildTransition, NameValue, ParameterDeclaration, VariableDeclaration } from "../protocol.ts";
import { typedValue } from "./typed-value.ts";

/** What a build gives its template. */
export interface BuildInputs {
  readonly transition: BuildTransition;
  readonly startCount: number;
  /** The workspace belongs to no human yet. */
  readonly isPrebuild: boolean;
  readonly workspace: { readonly id: string; readonly name: string };
  readonly owner: {
    readonly id: string;
    readonly name: string;
    readonly fullName: string;
    readonly email: string;
    readonly groups: readonly string[];
    readonly sshPublicKey: string;
  };
  readonly template: { readonly id: string; readonly name: string; readonly version: string };
  /** One for each declared parameter; one that is left out has its default. */
  readonly parameters: readonly NameValue[];
  readonly variables: readonly NameValue[];
  readonly accessUrl: string;
}

type Declarations = {
  readonly parameters: readonly Pick<ParameterDeclaration, "name" | "type" | "defaultValue">[];
  readonly variables: readonly Pick<VariableDeclaration, "name" | "type" | "value">[];
};

/** The names of a build. A value that is not of its declared type is as good as none. */
export function buildScope(declared: Declarations, inputs: BuildInputs): Scope {
  const fixed = new Map<string, Value>([
    ["access_url", inputs.accessUrl],
    ["workspace.id", inputs.workspace.id],
    ["workspace.name", inputs.workspace.name],
    ["workspace.transition", inputs.transition],
    ["workspace.start_count", inputs.startCount],
    ["workspace.is_prebuild", inputs.isPrebuild],
    ["owner.id", inputs.owner.id],
    ["owner.name", inputs.owner.name],
    ["owner.full_name", inputs.owner.fullName],
    ["owner.email", inputs.owner.email],
    ["owner.groups", inputs.owner.groups],
    ["owner.ssh_public_key", inputs.owner.sshPublicKey],
    ["template.id", inputs.template.id],
    ["template.name", inputs.template.name],
    ["template.version", inputs.template.version],
  ]);
  const parameters = typedValues(
    declared.parameters.map((parameter) => ({ ...parameter, value: parameter.defaultValue })),
    inputs.parameters,
  );
  const variables = typedValues(declared.variables, inputs.variables);
  return ([root = "", name, ...more]) => {
    if (name === undefined) return fixed.get(root);
    if (more.length > 0) return undefined;
    if (root === "param") return parameters.get(name);
    return root === "var" ? variables.get(name) : fixed.get(`${root}.${name}`);
  };
}

function typedValues(
  declared: readonly { name: string; type: ParameterDeclaration["type"]; value: string }[],
  given: readonly NameValue[],
): Map<string, Value> {
  const texts = new Map(given.map(({ name, value }) => [name, value]));
  const values = new Map<string, Value>();
  for (const { name, type, value } of declared) {
    const typed = typedValue(type, texts.get(name) ?? value);
    if (typed !== undefined) values.set(name, typed);
  }
  return values;
}

/**
 * The provisioner tags of a build: each tag's text, as an import gave it, with parameters and variables filled in.
 * @throws EvaluationError for a text that has no value with these
 */
export function evaluateTags(
  tags: Readonly<Record<string, string>>,
  declared: Declarations,
  given: { readonly parameters: readonly NameValue[]; readonly variables: readonly NameValue[] },
): Record<string, string> {
  const parameters = typedValues(
    declared.parameters.map((parameter) => ({ ...parameter, value: parameter.defaultValue })),
    given.parameters,
  );
  const variables = typedValues(declared.variables, given.variables);
  const scope: Scope = ([root, name = ""]) =>
    root === "param" ? parameters.get(name) : root === "var" ? variables.get(name) : undefined;
  return Object.fromEntries(
    Object.entries(tags).map(([tag, source]) => {
      const { text, problems } = parseTemplateText(source);
      const [problem] = problems;
      if (problem) throw new EvaluationError(problem.message, problem.start, problem.end);
      return [tag, formatValue(evaluateText(text, scope))];
    }),
  );
}

import { parseTextList, type WorkspaceBuildParameter } from "@hearth/sdk";
import { parameterRules, parameterValueProblem } from "@hearth/sdk/parameter-value";
import { UsageError } from "#means/failure.ts";
import type { Prompt } from "#means/prompt.ts";
import { safeText } from "#output/safe-text.ts";
import type { OpenParameter } from "./plan-parameters.ts";

/**
 * Values for what is open: asked where somebody can be asked, else the defaults.
 * @throws UsageError naming every parameter that has none.
 */
export async function askParameters(
  open: readonly OpenParameter[],
  prompt: Prompt,
): Promise<WorkspaceBuildParameter[]> {
  if (prompt.canAsk) {
    const values: WorkspaceBuildParameter[] = [];
    for (const each of open) values.push({ name: each.parameter.name, value: await ask(each, prompt) });
    return values;
  }
  const missing = open.filter(({ initial }) => initial === undefined).map(({ parameter }) => parameter.name);
  if (missing.length > 0) {
    const flags = missing.map((name) => `--parameter ${name}=…`).join(" ");
    throw new UsageError(`The template needs a value for ${missing.map((name) => `"${name}"`).join(", ")}: ${flags}`);
  }
  return open.map(({ parameter, initial }) => ({ name: parameter.name, value: initial ?? "" }));
}

async function ask({ parameter, initial }: OpenParameter, prompt: Prompt): Promise<string> {
  const title = safeText(parameter.display_name || parameter.name);
  const about = safeText(parameter.description_plaintext);
  const message = about === "" ? title : `${title}: ${about}`;
  const flag = `--parameter ${parameter.name}=…`;
  const choices = parameter.options.map((option) => ({
    value: option.value,
    label: safeText(option.name),
    hint: option.description === "" ? undefined : safeText(option.description),
  }));
  if (parameter.type === "bool") {
    const answers = [
      { value: "true", label: "yes" },
      { value: "false", label: "no" },
    ] as const;
    return await prompt.select<string>({ message, flag, choices: answers, initial });
  }
  if (parameter.type === "list(string)" && choices.length > 0) {
    return JSON.stringify(
      await prompt.selectSeveral({ message, flag, choices, initial: [...(parseTextList(initial ?? "") ?? [])] }),
    );
  }
  if (choices.length > 0) return await prompt.select({ message, flag, choices, initial });
  const validate = (value: string) => parameterValueProblem(parameterRules(parameter), value);
  return await prompt.text({ message, flag, initial, validate });
}

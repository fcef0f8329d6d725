import { endpoints, type TemplateVersionParameter, type WorkspaceBuildParameter } from "@hearth/sdk";
import { UsageError } from "#means/failure.ts";
import type { Means } from "#means/means.ts";
import { askParameters } from "./ask-parameters.ts";
import { gatherSources, type ParameterFlags } from "./parameter-options.ts";
import { planParameters, type Values } from "./plan-parameters.ts";

/**
 * The values to send with a build: of preset, flags, file and last build, asked for where they are still open.
 * @throws UsageError for names that the template does not have, and for values that are needed and missing.
 */
export async function prepareParameters(
  parameters: readonly TemplateVersionParameter[],
  flags: ParameterFlags,
  known: { previous: Values | undefined; preset: Values },
  { prompt, out, cwd }: Pick<Means, "prompt" | "out" | "cwd">,
): Promise<WorkspaceBuildParameter[]> {
  const plan = planParameters(parameters, await gatherSources(flags, cwd, known));
  if (plan.problems.length > 0) throw new UsageError(plan.problems.join("\n"));
  for (const warning of plan.warnings) out.warn(warning);
  return [...plan.values, ...(await askParameters(plan.open, prompt))];
}

/** The values that a build ran with. */
export async function previousValues(client: Means["client"], buildId: string): Promise<Values> {
  const values = await client.call(endpoints.builds.listBuildParameters, { params: { workspacebuild: buildId } });
  return new Map(values.map(({ name, value }) => [name, value]));
}

import path from "node:path";
import { z } from "zod";
import { parseAssignments } from "./assignments.ts";
import { readValuesFile } from "./parameter-file.ts";
import type { ParameterSources, Values } from "./plan-parameters.ts";

/** Options of every command that builds. */
export const parameterOptions = {
  parameter: z
    .array(z.string())
    .default([])
    .meta({ value: "name=value", description: "value of a template parameter" }),
  richParameterFile: z
    .string()
    .optional()
    .meta({ value: "file", description: "YAML file that maps parameter names to values" }),
  parameterDefault: z
    .array(z.string())
    .default([])
    .meta({ value: "name=value", description: "default of a parameter, in place of the template's" }),
  ephemeralParameter: z
    .array(z.string())
    .default([])
    .meta({ value: "name=value", description: "value of a parameter that lasts for this build only" }),
};

export type ParameterFlags = z.output<z.ZodObject<typeof parameterOptions>>;

/** Whether any of the options was given. */
export function hasParameterFlags(flags: ParameterFlags): boolean {
  return (
    flags.parameter.length > 0 ||
    flags.parameterDefault.length > 0 ||
    flags.ephemeralParameter.length > 0 ||
    flags.richParameterFile !== undefined
  );
}

/**
 * What flags and file say, beside what the caller knows.
 * @throws UsageError for a word that is no assignment, Failure for a file that cannot be read.
 */
export async function gatherSources(
  flags: ParameterFlags,
  cwd: string,
  known: { previous: Values | undefined; preset: Values },
): Promise<ParameterSources> {
  const { richParameterFile } = flags;
  return {
    file: richParameterFile === undefined ? new Map() : await readValuesFile(path.resolve(cwd, richParameterFile)),
    flags: parseAssignments("--parameter", flags.parameter),
    defaults: parseAssignments("--parameter-default", flags.parameterDefault),
    ephemeralFlags: parseAssignments("--ephemeral-parameter", flags.ephemeralParameter),
    ...known,
  };
}

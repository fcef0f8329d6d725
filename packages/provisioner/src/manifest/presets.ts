import { parameterValueProblem } from "@hearth/sdk/parameter-value";
import { didYouMean } from "../expressions/index.ts";
import type { NameValue, PresetDeclaration } from "../protocol.ts";
import { isEmptyCronRange, isTimezone, parseCronRange, scheduleProblems } from "../schedule/index.ts";
import type { ManifestDocument } from "./document.ts";
import { writtenValue, type Numbered, type ParameterDraft } from "./parameters.ts";
import type { Path } from "./problem.ts";
import { reportDuplicates, type Report } from "./report.ts";
import type { Preset } from "./schema.ts";

/** Seconds that an unclaimed prebuild may be told to live, besides 0 for ever. @see spec/prebuilds.md §4.1 */
const shortestTtl = 3_600;
const longestTtl = 31_536_000;

/** Checks the presets' rules and gives them as declarations, in the file's order. */
export function readPresets(
  document: ManifestDocument,
  presets: readonly Numbered<Preset>[],
  parameters: readonly ParameterDraft[],
  report: Report,
): PresetDeclaration[] {
  reportDuplicates(
    presets,
    (preset) => preset.name,
    (index, name) => report.problem(["presets", index, "name"], `There are two presets named "${name}".`),
  );
  const [first, ...others] = presets.filter(({ item }) => item.default === true);
  for (const { index } of others) {
    report.problem(
      ["presets", index, "default"],
      `Only one preset may be the default; "${first?.item.name ?? ""}" already is.`,
    );
  }
  return presets.map(({ index, item }) => readPreset(document, ["presets", index], item, parameters, report));
}

function readPreset(
  document: ManifestDocument,
  path: Path,
  preset: Preset,
  parameters: readonly ParameterDraft[],
  report: Report,
): PresetDeclaration {
  const values = readValues(document, [...path, "parameters"], preset, parameters, report);
  if (preset.prebuilds) {
    checkPrebuilds([...path, "prebuilds"], preset.prebuilds, report);
    const open = parameters.filter(({ name, required }) => required && !values.some((value) => value.name === name));
    if (open.length > 0) {
      const names = open.map(({ name }) => `"${name}"`).join(", ");
      report.warn(
        [...path, "prebuilds"],
        `The preset "${preset.name}" keeps prebuilt workspaces but gives no value for ${names}, which has no default: its builds will fail.`,
        { at: "key" },
      );
    }
  }
  return {
    name: preset.name,
    description: preset.description ?? "",
    icon: preset.icon ?? "",
    isDefault: preset.default ?? false,
    parameters: values,
    prebuilds: preset.prebuilds && {
      instances: preset.prebuilds.instances,
      ttlSeconds: preset.prebuilds.expiration_policy?.ttl ?? 0,
      timezone: preset.prebuilds.scheduling?.timezone ?? "",
      schedules: preset.prebuilds.scheduling?.schedule ?? [],
    },
  };
}

function readValues(
  document: ManifestDocument,
  path: Path,
  preset: Preset,
  parameters: readonly ParameterDraft[],
  report: Report,
): NameValue[] {
  return Object.entries(preset.parameters ?? {}).map(([name, written]) => {
    const at = [...path, name];
    const value = writtenValue(document, at, written);
    const parameter = parameters.find((candidate) => candidate.name === name);
    if (!parameter) {
      const names = parameters.map((candidate) => candidate.name);
      report.problem(at, `There is no parameter "${name}".${didYouMean(name, names)}`, {
        allowed: names.join(", "),
        at: "key",
      });
    } else if (value === "") {
      report.problem(at, `The value for "${name}" is empty; leave it out for the default.`);
    } else {
      const wrong = parameterValueProblem(parameter, value, { patterns: report.patterns });
      if (wrong !== undefined) report.problem(at, `The value for "${name}" does not fit: ${wrong}.`);
    }
    return { name, value };
  });
}

function checkPrebuilds(path: Path, prebuilds: NonNullable<Preset["prebuilds"]>, report: Report): void {
  const ttl = prebuilds.expiration_policy?.ttl ?? 0;
  if (ttl !== 0 && (ttl < shortestTtl || ttl > longestTtl)) {
    report.problem([...path, "expiration_policy", "ttl"], `${ttl} seconds are not allowed.`, {
      allowed: `0 for ever, or ${shortestTtl} to ${longestTtl}`,
    });
  }
  const { scheduling } = prebuilds;
  if (!scheduling) return;
  if (!isTimezone(scheduling.timezone)) {
    report.problem(
      [...path, "scheduling", "timezone"],
      `"${scheduling.timezone}" is no time zone that this machine knows.`,
      {
        allowed: "an IANA name such as UTC or Europe/Berlin",
      },
    );
  }
  const at = (index: number): Path => [...path, "scheduling", "schedule", index, "cron"];
  const problems = scheduleProblems(scheduling.schedule);
  for (const { index, message } of problems) report.problem(at(index), message);
  for (const [index, { cron }] of scheduling.schedule.entries()) {
    if (problems.some((problem) => problem.index === index)) continue;
    if (isEmptyCronRange(parseCronRange(cron))) report.warn(at(index), `"${cron}" holds on no day of any year.`);
  }
}

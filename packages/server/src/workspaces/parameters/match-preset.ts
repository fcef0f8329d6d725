import type { NameValue } from "@hearth/provisioner";

/** What is looked at to tell which preset a set of values is. */
export interface PresetValues {
  readonly id: string;
  readonly name: string;
  readonly isDefault: boolean;
  readonly parameters: readonly NameValue[];
}

/**
 * The preset whose values are exactly these, in both directions: recorded on a build that named none. Of several equal
 * ones the default preset, then the first by name. Pure. @see spec/builds.md §4.6
 */
export function findEqualPreset<P extends PresetValues>(
  presets: readonly P[],
  values: readonly NameValue[],
): P | undefined {
  const byName = toMap(values);
  return pick(presets.filter((preset) => preset.parameters.length === byName.size && isAmong(preset, byName)));
}

/**
 * The preset that says most about these values: each of its pairs is among them, and no other such preset has more. It
 * decides which pool a request may be served from. Ties as above. Pure. @see spec/prebuilds.md §15.2
 */
export function findBestPreset<P extends PresetValues>(
  presets: readonly P[],
  values: readonly NameValue[],
): P | undefined {
  const byName = toMap(values);
  const matching = presets.filter((preset) => isAmong(preset, byName));
  const most = Math.max(0, ...matching.map((preset) => preset.parameters.length));
  return pick(matching.filter((preset) => preset.parameters.length === most));
}

function toMap(values: readonly NameValue[]): ReadonlyMap<string, string> {
  return new Map(values.map(({ name, value }) => [name, value]));
}

function isAmong(preset: PresetValues, values: ReadonlyMap<string, string>): boolean {
  return preset.parameters.every(({ name, value }) => values.get(name) === value);
}

function pick<P extends PresetValues>(presets: readonly P[]): P | undefined {
  return [...presets].sort((a, b) => Number(b.isDefault) - Number(a.isDefault) || compare(a.name, b.name))[0];
}

/** By code unit: the same on every machine, whatever its language. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

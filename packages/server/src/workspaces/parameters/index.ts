// Parameters of builds: which value counts, whether it is sound, which preset it is. Pure; imports nothing of the server.
export { faultOfValue, parseList, type ValueRules } from "./check-value.ts";
export { findBestPreset, findEqualPreset, type PresetValues } from "./match-preset.ts";
export {
  keepParameters,
  resolveParameters,
  type ParameterSources,
  type ResolvedParameters,
} from "./resolve-parameters.ts";

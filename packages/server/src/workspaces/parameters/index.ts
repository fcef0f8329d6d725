// Parameters of builds: which value counts, whether it is sound, which preset it is. Pure; imports nothing of the server.
export { findBestPreset, findEqualPreset, type PresetValues } from "./match-preset.ts";
export { keepParameters, resolveParameters } from "./resolve-parameters.ts";

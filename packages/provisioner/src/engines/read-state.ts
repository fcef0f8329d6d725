import type { EngineState } from "./engine.ts";

/**
 * What an engine of ours stored after a build; `undefined` when there is nothing, or it is not one of ours (Terraform's
 * is its own). Then the engine finds what it made by label or pid file.
 */
export function readEngineState(bytes: Uint8Array | undefined): EngineState | undefined {
  if (bytes === undefined || bytes.length === 0) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const isOurs = typeof value === "object" && value !== null && "engine" in value && typeof value.engine === "string";
    return isOurs ? (value as EngineState) : undefined; // each engine looks at the rest itself
  } catch {
    return undefined; // not JSON, so not ours
  }
}

export function writeEngineState(state: EngineState): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(state));
}

import { fromMetadataSpan } from "@hearth/wire";
import type { WorkspaceAgentMetadata_Description } from "@hearth/wire/agent-proto";

export const tickMs = 1000;
const fallbackTimeoutMs = 3 * tickMs;
const shortestFallbackMs = 5000;

/** A value the template asks for. */
export interface MetadataKey {
  readonly key: string;
  readonly script: string;
  /** 0: once. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** When a key was last collected, and whether it is being collected. */
export interface MetadataState {
  readonly lastMs: number | undefined;
  readonly isRunning: boolean;
}

/** What the template says, with the timeout filled in: declared, else the interval, else three ticks, at least 5 s. */
export function toMetadataKey(description: WorkspaceAgentMetadata_Description): MetadataKey {
  const intervalMs = fromMetadataSpan(description.interval) * 1000;
  const declaredMs = fromMetadataSpan(description.timeout) * 1000;
  const timeoutMs = declaredMs || intervalMs || Math.max(fallbackTimeoutMs, shortestFallbackMs);
  return { key: description.key, script: description.script, intervalMs, timeoutMs };
}

/** Which keys to collect now. Pure. A key whose script still runs waits for its end. */
export function dueKeys(
  keys: readonly MetadataKey[],
  states: ReadonlyMap<string, MetadataState>,
  nowMs: number,
): MetadataKey[] {
  return keys.filter(({ key, intervalMs }) => {
    const state = states.get(key);
    if (!state || (state.lastMs === undefined && !state.isRunning)) return true;
    if (state.isRunning || state.lastMs === undefined || intervalMs === 0) return false;
    return state.lastMs + intervalMs <= nowMs;
  });
}

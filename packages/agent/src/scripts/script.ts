import { durationMs, uuidFromBytes } from "@hearth/wire";
import type { Timing_Stage, Timing_Status, WorkspaceAgentScript } from "@hearth/wire/agent-proto";

/** A script of the template, as the agent runs it. */
export interface Script {
  readonly id: Uint8Array;
  readonly logSourceId: string;
  /** As written in the template; empty for a name made from the source. */
  readonly logPath: string;
  readonly text: string;
  readonly name: string;
  readonly runsOn: { readonly start: boolean; readonly stop: boolean; readonly claim: boolean };
  /** Whether people and commands wait for its end. */
  readonly blocksLogin: boolean;
  /** 0: no limit. */
  readonly timeoutMs: number;
}

/** One run, as it is reported. */
export interface ScriptTiming {
  readonly scriptId: Uint8Array;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly exitCode: number;
  readonly stage: Timing_Stage;
  readonly status: Timing_Status;
}

export function toScript(script: WorkspaceAgentScript): Script {
  return {
    id: script.id,
    logSourceId: uuidFromBytes(script.logSourceId),
    logPath: script.logPath,
    text: script.script,
    name: script.displayName,
    blocksLogin: script.startBlocksLogin,
    runsOn: { start: script.runOnStart, stop: script.runOnStop, claim: script.runOnClaim },
    timeoutMs: script.timeout ? durationMs(script.timeout) : 0,
  };
}

import { createHash } from "node:crypto";
import type { EngineState, WorkspaceSettings } from "../engine.ts";

/** Whose home the workspace's directory is when a template does not say. */
export const defaultUser = "dev";

/** What the engine remembers of a workspace; everything else is found on the disk by the id. */
export interface ProcessState extends EngineState {
  readonly engine: "process";
  readonly workspaceId: string;
  readonly sandboxed: boolean;
  /** What the agents were started with, see {@link settingsPrint}. */
  readonly settings: string;
}

/** The state as this engine wrote it; `undefined` when it is another's, or lost. */
export function processState(state: EngineState | undefined): ProcessState | undefined {
  if (state?.engine !== "process") return undefined;
  const { workspaceId, sandboxed, settings } = state;
  if (typeof workspaceId !== "string" || typeof sandboxed !== "boolean" || typeof settings !== "string")
    return undefined;
  return { engine: "process", workspaceId, sandboxed, settings };
}

/** A print of the settings that this engine puts to use: equal prints, equal infrastructure. */
export function settingsPrint(settings: WorkspaceSettings | undefined): string {
  const env = Object.entries(settings?.env ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const used = { user: settings?.user ?? defaultUser, env };
  return createHash("sha256").update(JSON.stringify(used)).digest("hex").slice(0, 16);
}

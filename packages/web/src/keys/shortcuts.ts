/** A key as the browser names it, with what was held. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  /** Where it went to writes text: plain letters belong there. */
  readonly isInText: boolean;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

/** Every shortcut of the dashboard, as shown by `?`; `where` limits it to some pages. */
export const shortcuts = [
  { id: "palette", keys: ["Ctrl K", "⌘ K"], does: "Find a workspace, a page or an action" },
  { id: "search", keys: ["/"], does: "Search in this list" },
  { id: "help", keys: ["?"], does: "Show the keyboard shortcuts" },
  { id: "workspaces", keys: ["g w"], does: "Go to the workspaces" },
  { id: "templates", keys: ["g t"], does: "Go to the templates" },
  { id: "create", keys: ["c"], does: "Create a workspace" },
  { id: "terminal", keys: ["t"], does: "On a workspace: open its terminal" },
  { id: "escape", keys: ["Esc"], does: "Close what is open" },
] as const satisfies readonly { id: string; keys: readonly string[]; does: string }[];

export type Shortcut = Exclude<(typeof shortcuts)[number]["id"], "escape">;

const single: Readonly<Record<string, Shortcut>> = { "/": "search", "?": "help", c: "create", t: "terminal" };
const afterG: Readonly<Record<string, Shortcut>> = { w: "workspaces", t: "templates" };

/** The second key of `g w` has to follow within this time. */
const sequenceMs = 1_200;

/** What was pressed just before, or nothing that counts. */
export interface KeyState {
  readonly goAtMs: number | undefined;
}

export const noKeys: KeyState = { goAtMs: undefined };

/** What a key press means after the ones before it. Escape is left to what is open. */
export function nextShortcut(state: KeyState, press: KeyPress): { state: KeyState; shortcut: Shortcut | undefined } {
  const key = press.key.toLowerCase();
  if ((press.ctrlKey || press.metaKey) && !press.altKey && key === "k") return { state: noKeys, shortcut: "palette" };
  if (press.isInText || press.ctrlKey || press.metaKey || press.altKey) return { state: noKeys, shortcut: undefined };
  const isSequence = state.goAtMs !== undefined && press.atMs - state.goAtMs <= sequenceMs;
  if (isSequence) return { state: noKeys, shortcut: afterG[key] };
  if (key === "g") return { state: { goAtMs: press.atMs }, shortcut: undefined };
  return { state: noKeys, shortcut: single[key] };
}

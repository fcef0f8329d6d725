import { allowedActions, type Template, type Workspace, type WorkspaceAction } from "@hearth/sdk";
import { paths } from "../../paths.ts";
import type { Theme } from "../../theme/theme.ts";
import type { IconName } from "../../ui/Icon.tsx";
import { agentsOf, stateWords, terminalAnswer } from "../../words/workspace-words.ts";

/** What choosing an item does, as data; the palette carries it out. */
export type PaletteDeed =
  | { readonly do: "go"; readonly href: string }
  | { readonly do: "act"; readonly workspace: Workspace; readonly action: WorkspaceAction }
  | { readonly do: "theme"; readonly theme: Theme };

export interface PaletteItem {
  readonly id: string;
  readonly label: string;
  /** A word more, in a quieter voice. */
  readonly hint?: string;
  readonly icon: IconName;
  readonly deed: PaletteDeed;
}

const pages: readonly PaletteItem[] = [
  { id: "workspaces", label: "Workspaces", icon: "screen", deed: { do: "go", href: paths.workspaces() } },
  { id: "templates", label: "Templates", icon: "template", deed: { do: "go", href: paths.templates() } },
  { id: "new", label: "Create a workspace", icon: "plus", deed: { do: "go", href: paths.newWorkspace() } },
];

const themeItems: readonly PaletteItem[] = [
  { id: "theme-light", label: "Theme: light", icon: "sun", deed: { do: "theme", theme: "light" } },
  { id: "theme-dark", label: "Theme: dark", icon: "moon", deed: { do: "theme", theme: "dark" } },
  { id: "theme-system", label: "Theme: as the system", icon: "screen", deed: { do: "theme", theme: "system" } },
];

const actions: readonly { action: WorkspaceAction; verb: string; icon: IconName }[] = [
  { action: "start", verb: "Start", icon: "play" },
  { action: "stop", verb: "Stop", icon: "stop" },
  { action: "restart", verb: "Restart", icon: "restart" },
  { action: "cancel", verb: "Cancel the build of", icon: "cross" },
];

/**
 * What the palette offers for a text: workspaces (the server has searched them), what can be done with them now,
 * templates and pages. Deleting is not among it: it wants to be asked for where the workspace is seen.
 */
export function paletteItems(
  search: string,
  found: { workspaces: readonly Workspace[]; templates: readonly Template[] },
): PaletteItem[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (item: PaletteItem) => {
    const text = `${item.label} ${item.hint ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const openings = found.workspaces.map((workspace): PaletteItem => ({
    id: `open-${workspace.id}`,
    label: nameOf(workspace),
    hint: stateWords(workspace).word.toLowerCase(),
    icon: "screen",
    deed: { do: "go", href: paths.workspace(workspace.owner_name, workspace.name) },
  }));
  const deeds = found.workspaces.flatMap(deedsOf);
  const creations = found.templates.map((template): PaletteItem => ({
    id: `create-${template.id}`,
    label: `Create a workspace from ${template.display_name || template.name}`,
    icon: "plus",
    deed: { do: "go", href: paths.newWorkspace({ template: template.name }) },
  }));
  // Without a text: where to go. With one: whatever it names, actions included.
  if (words.length === 0) return [...openings, ...pages];
  const begins = (item: PaletteItem) => item.label.toLowerCase().startsWith(words.join(" "));
  return [...openings, ...deeds, ...pages, ...creations, ...themeItems]
    .filter(matches)
    .toSorted((a, b) => Number(begins(b)) - Number(begins(a)));
}

function deedsOf(workspace: Workspace): PaletteItem[] {
  const allowed = allowedActions(workspace.latest_build.status);
  const agent = agentsOf(workspace)[0];
  const terminal: PaletteItem = {
    id: `terminal-${workspace.id}`,
    label: `Terminal of ${nameOf(workspace)}`,
    icon: "terminal",
    deed: { do: "go", href: paths.terminal(workspace.owner_name, workspace.name) },
  };
  return [
    ...(terminalAnswer(workspace, agent).allowed ? [terminal] : []),
    ...actions
      .filter(({ action }) => allowed[action].allowed)
      .map(({ action, verb, icon }): PaletteItem => ({
        id: `${action}-${workspace.id}`,
        label: `${verb} ${nameOf(workspace)}`,
        icon,
        deed: { do: "act", workspace, action },
      })),
  ];
}

function nameOf(workspace: Workspace): string {
  return `${workspace.owner_name}/${workspace.name}`;
}

/** What the server is to search workspaces for: the words that name no action, else it would find none. */
export function workspaceWords(search: string): string {
  const verbs = new Set([...actions.flatMap(({ verb }) => verb.toLowerCase().split(" ")), "terminal", "open", "of"]);
  const words = search.split(/\s+/).filter((word) => word !== "" && !verbs.has(word.toLowerCase()));
  return words.at(-1)?.split("/").at(-1) ?? "";
}

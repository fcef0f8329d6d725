/** What is shown of a workspace below its agents. */
export const workspaceTabs = ["build", "agents", "terminal", "parameters", "builds"] as const;
export type WorkspaceTab = (typeof workspaceTabs)[number];

/** What fills the form of a new workspace; parameters under their names. */
export interface NewWorkspaceFill {
  readonly template?: string;
  readonly preset?: string;
  readonly name?: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

/**
 * Every address of the dashboard is made here, and nowhere else. Names are of letters, digits and dashes, but what
 * comes from people is encoded all the same.
 */
export const paths = {
  home: () => "/",
  login: (redirect?: string) => withSearch("/login", { redirect }),
  workspaces: (fill: { filter?: string; page?: number } = {}) =>
    withSearch("/workspaces", { filter: fill.filter, page: fill.page === 1 ? undefined : fill.page?.toString() }),
  newWorkspace: ({ template, preset, name, parameters = {} }: NewWorkspaceFill = {}) =>
    withSearch("/workspaces/new", {
      template,
      preset,
      name,
      ...Object.fromEntries(Object.entries(parameters).map(([key, value]) => [`param.${key}`, value])),
    }),
  workspace: (owner: string, name: string, tab?: WorkspaceTab) =>
    withSearch(`/@${encodeURIComponent(owner)}/${encodeURIComponent(name)}`, { tab }),
  terminal: (owner: string, name: string, agent?: string) =>
    `/@${encodeURIComponent(owner)}/${encodeURIComponent(agent === undefined ? name : `${name}.${agent}`)}/terminal`,
  templates: () => "/templates",
  template: (name: string) => `/templates/${encodeURIComponent(name)}`,
};

function withSearch(path: string, search: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(search).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/** Where a log-in may lead back to: a path of this dashboard, never another site. */
export function safeRedirect(target: string | undefined): string {
  if (target === undefined || !target.startsWith("/") || /[\\\s]/.test(target)) return paths.workspaces();
  // As a browser reads it: dots lead upwards, and what then begins with two slashes names a host.
  const here = "http://here.invalid";
  const { origin, pathname } = new URL(target, here);
  return origin === here && !pathname.startsWith("//") ? target : paths.workspaces();
}

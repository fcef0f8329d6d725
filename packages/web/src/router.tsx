import type { Clock } from "@hearth/base";
import type { Client } from "@hearth/sdk";
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { paths, safeRedirect, workspaceTabs } from "./paths.ts";
import { isLoggedOut, me } from "./queries/session.ts";
import {
  parameterList,
  poolList,
  presetList,
  templateByName,
  templateList,
  templateVersion,
  templateVersionList,
} from "./queries/templates.ts";
import { workspaceByName, workspaceList } from "./queries/workspaces.ts";
import { Frame } from "./routes/frame/Frame.tsx";
import { LiveScope } from "./routes/frame/LiveScope.tsx";
import { ErrorPage, NotFoundPage } from "./routes/frame/ErrorPage.tsx";
import { PageSkeleton } from "./routes/frame/PageSkeleton.tsx";
import { listOf, readListSearch } from "./routes/workspaces/list-search.ts";
import { choice, readSearch, text, writeSearch } from "./search.ts";

export interface RouterContext {
  readonly client: Client;
  readonly queryClient: QueryClient;
  readonly clock: Clock;
}

const root = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
});

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ href: paths.workspaces(), replace: true });
  },
});

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (search) => ({ redirect: text(search["redirect"]) }),
  beforeLoad: async ({ context, search }) => {
    const user = await context.queryClient.ensureQueryData(me).catch((error: unknown) => {
      if (isLoggedOut(error)) return undefined;
      throw error;
    });
    if (user) throw redirect({ href: safeRedirect(search.redirect), replace: true });
  },
  component: lazyRouteComponent(() => import("./routes/login/LoginPage.tsx"), "LoginPage"),
});

/** Everything below is for people who are logged in, and moves by itself. */
const authenticated = createRoute({
  getParentRoute: () => root,
  id: "authenticated",
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(me);
    } catch (error) {
      if (isLoggedOut(error)) throw redirect({ href: paths.login(location.href), replace: true });
      throw error;
    }
  },
  component: LiveScope,
});

const frame = createRoute({ getParentRoute: () => authenticated, id: "frame", component: Frame });

const workspaces = createRoute({
  getParentRoute: () => frame,
  path: "/workspaces",
  validateSearch: readListSearch,
  loaderDeps: ({ search }) => listOf(search),
  // Not awaited: the page shows its own skeleton, and a filter that the server refuses beside the filter.
  loader: ({ context, deps }) => void context.queryClient.prefetchQuery(workspaceList(deps)),
  component: lazyRouteComponent(() => import("./routes/workspaces/WorkspacesPage.tsx"), "WorkspacesPage"),
});

const newWorkspace = createRoute({
  getParentRoute: () => frame,
  path: "/workspaces/new",
  validateSearch: (search) => ({
    ...Object.fromEntries(Object.entries(search).filter(([key]) => key.startsWith("param."))),
    template: text(search["template"]),
    preset: text(search["preset"]),
    name: text(search["name"]),
  }),
  loaderDeps: ({ search }) => ({ template: search.template }),
  loader: async ({ context: { queryClient }, deps }) => {
    const templates = await queryClient.ensureQueryData(templateList);
    const template = templates.find(({ name }) => name === deps.template) ?? (templates.length === 1 && templates[0]);
    if (!template) return;
    await Promise.all([
      queryClient.ensureQueryData(presetList(template.active_version_id)),
      queryClient.ensureQueryData(parameterList(template.active_version_id)),
      queryClient.ensureQueryData(poolList(template.id)),
    ]);
  },
  component: lazyRouteComponent(() => import("./routes/new-workspace/NewWorkspacePage.tsx"), "NewWorkspacePage"),
});

const workspace = createRoute({
  getParentRoute: () => frame,
  path: "/@{$owner}/$workspace",
  validateSearch: (search) => ({ tab: choice(workspaceTabs, search["tab"]) }),
  loader: ({ context, params }) => context.queryClient.ensureQueryData(workspaceByName(params.owner, params.workspace)),
  component: lazyRouteComponent(() => import("./routes/workspace/WorkspacePage.tsx"), "WorkspacePage"),
});

const terminal = createRoute({
  getParentRoute: () => authenticated,
  path: "/@{$owner}/$workspace/terminal",
  loader: ({ context, params }) =>
    context.queryClient.ensureQueryData(workspaceByName(params.owner, params.workspace.split(".")[0] ?? "")),
  component: lazyRouteComponent(() => import("./routes/terminal/TerminalPage.tsx"), "TerminalPage"),
});

const templates = createRoute({
  getParentRoute: () => frame,
  path: "/templates",
  loader: ({ context }) => context.queryClient.ensureQueryData(templateList),
  component: lazyRouteComponent(() => import("./routes/templates/TemplatesPage.tsx"), "TemplatesPage"),
});

const template = createRoute({
  getParentRoute: () => frame,
  path: "/templates/$template",
  loader: async ({ context: { queryClient }, params }) => {
    const found = await queryClient.ensureQueryData(templateByName(params.template));
    await Promise.all([
      queryClient.ensureQueryData(templateVersion(found.active_version_id)),
      queryClient.ensureQueryData(templateVersionList(found.id)),
      queryClient.ensureQueryData(presetList(found.active_version_id)),
      queryClient.ensureQueryData(poolList(found.id)),
    ]);
  },
  component: lazyRouteComponent(() => import("./routes/template/TemplatePage.tsx"), "TemplatePage"),
});

const routeTree = root.addChildren([
  home,
  login,
  authenticated.addChildren([frame.addChildren([workspaces, newWorkspace, workspace, templates, template]), terminal]),
]);

export function createAppRouter(context: RouterContext) {
  return createRouter({
    routeTree,
    context,
    parseSearch: readSearch,
    stringifySearch: writeSearch,
    // TanStack Query decides what is fresh.
    defaultPreloadStaleTime: 0,
    defaultPendingMs: 150,
    defaultPendingMinMs: 0,
    defaultPendingComponent: PageSkeleton,
    defaultErrorComponent: ErrorPage,
    defaultNotFoundComponent: NotFoundPage,
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}

import {
  endpoints,
  type CreateWorkspaceRequest,
  type Workspace,
  type WorkspaceAction,
  type WorkspaceBuild,
} from "@hearth/sdk";
import { keepPreviousData, useMutation, useQueryClient } from "@tanstack/react-query";
import { invalidate, q } from "./query.ts";
import { restartWorkspace } from "./restart.ts";
import { useClient } from "./use-client.ts";

const { workspaces, builds, hearth } = endpoints;

/** Rows of one page of the list. */
export const pageSize = 50;

/** A page of the list, counted from 1; the rows of the page before stay until the new ones are there. */
export function workspaceList({ filter, page = 1 }: { filter: string; page?: number }) {
  return {
    ...q(workspaces.listWorkspaces, { query: { q: filter, limit: pageSize, offset: (page - 1) * pageSize } }),
    placeholderData: keepPreviousData,
  };
}

/** A few workspaces whose name holds the text, for the command palette. */
export function workspaceSearch(text: string) {
  const words = text.replace(/[":]/g, " ").trim();
  return {
    ...q(workspaces.listWorkspaces, { query: { q: words === "" ? "owner:me" : `name:"${words}"`, limit: 8 } }),
    placeholderData: keepPreviousData,
  };
}

export function workspaceByName(owner: string, name: string) {
  return q(workspaces.getWorkspaceByName, { params: { user: owner, workspacename: name } });
}

export function buildList(workspaceId: string) {
  return q(builds.listBuilds, { params: { workspace: workspaceId }, query: { limit: 25 } }, { workspaceId });
}

export function buildTimings(build: WorkspaceBuild) {
  return q(builds.getBuildTimings, { params: { workspacebuild: build.id } }, { workspaceId: build.workspace_id });
}

export function buildParameters(build: WorkspaceBuild) {
  return q(builds.listBuildParameters, { params: { workspacebuild: build.id } }, { workspaceId: build.workspace_id });
}

/** What every reading of a workspace is made of; acting on one reads these again. */
const readings = [
  workspaces.listWorkspaces,
  workspaces.getWorkspaceByName,
  builds.listBuilds,
  builds.getBuildTimings,
  builds.listBuildParameters,
] as const;

/** Makes a workspace for the caller: a warm one when the preset has one, else it is built. */
export function useCreateWorkspace() {
  const client = useClient();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: CreateWorkspaceRequest) =>
      client.call(workspaces.createWorkspace, { params: { user: "me" }, body }),
    onSuccess: (workspace) => {
      const { queryKey } = workspaceByName(workspace.owner_name, workspace.name);
      queryClient.setQueryData(queryKey, workspace);
      // Shown at once and read again: events that overtook the answer found nothing that they could have touched.
      void queryClient.invalidateQueries({ queryKey, refetchType: "none" });
      return invalidate(queryClient, workspaces.listWorkspaces, hearth.listPools);
    },
  });
}

/** Acts on a workspace; the answer says that it began, the live events what came of it. */
export function useWorkspaceAction() {
  const client = useClient();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async ({ workspace, action }: { workspace: Workspace; action: WorkspaceAction }) => {
      const params = { workspace: workspace.id };
      const reason = "dashboard";
      switch (action) {
        case "start":
        case "stop":
          return void (await client.call(builds.createBuild, { params, body: { transition: action, reason } }));
        case "delete":
          return void (await client.call(builds.createBuild, { params, body: { transition: "delete" } }));
        case "restart":
          return await restartWorkspace(client, workspace);
        case "cancel":
          return void (await client.call(builds.cancelBuild, {
            params: { workspacebuild: workspace.latest_build.id },
          }));
      }
    },
    onSettled: () => invalidate(queryClient, ...readings),
  });
}

/** Starts a workspace with the template's active version. */
export function useUpdateWorkspace() {
  const client = useClient();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (workspace: Workspace) =>
      client.call(builds.createBuild, {
        params: { workspace: workspace.id },
        body: {
          transition: "start",
          template_version_id: workspace.template_active_version_id,
          reason: "dashboard",
        },
      }),
    onSettled: () => invalidate(queryClient, ...readings),
  });
}

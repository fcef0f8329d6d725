import {
  ApiError,
  endpoints,
  type CreateWorkspaceBuildReason,
  type CreateWorkspaceBuildRequest,
  type Workspace,
  type WorkspaceBuild,
  type WorkspaceBuildParameter,
} from "@hearth/sdk";
import type { Means } from "#means/means.ts";
import { hasParameterFlags, type ParameterFlags } from "#parameters/parameter-options.ts";
import { prepareParameters, previousValues } from "#parameters/prepare-parameters.ts";
import { followBuild } from "./follow-build.ts";

export interface StartOptions {
  readonly reason: CreateWorkspaceBuildReason;
  readonly flags?: ParameterFlags;
  /** @default the version of the last build */
  readonly versionId?: string;
}

/** The build that a stop, a delete or a start is; resolves once it is queued. */
export async function queueBuild(
  client: Means["client"],
  workspace: Workspace,
  body: CreateWorkspaceBuildRequest,
): Promise<WorkspaceBuild> {
  return await client.call(endpoints.builds.createBuild, { params: { workspace: workspace.id }, body });
}

/** Queues a build and shows it until it has succeeded. @throws Failure when it did not. */
export async function runBuild(
  workspace: Workspace,
  body: CreateWorkspaceBuildRequest,
  means: Means,
): Promise<WorkspaceBuild> {
  return await followBuild(await queueBuild(means.client, workspace, body), means);
}

/** What a start will send, worked out before anything is changed. */
export interface StartPlan {
  readonly reason: CreateWorkspaceBuildReason;
  readonly versionId: string;
  readonly values: readonly WorkspaceBuildParameter[];
}

/**
 * Decides version and parameter values of a start. Values stay as they were unless flags say otherwise or the version
 * changes.
 * @throws UsageError for parameters that make no sense.
 */
export async function planStart(
  workspace: Workspace,
  { reason, flags, versionId }: StartOptions,
  means: Means,
): Promise<StartPlan> {
  const wanted = versionId ?? versionToStart(workspace);
  const isSameVersion = wanted === workspace.latest_build.template_version_id;
  const given = flags ?? noParameterFlags;
  if (isSameVersion && !hasParameterFlags(given)) return { reason, versionId: wanted, values: [] };
  const [previous, parameters] = await Promise.all([
    previousValues(means.client, workspace.latest_build.id),
    means.client.call(endpoints.templateVersions.listTemplateVersionParameters, {
      params: { templateversion: wanted },
    }),
  ]);
  const values = await prepareParameters(parameters, given, { previous, preset: new Map() }, means);
  return { reason, versionId: wanted, values };
}

/** Queues the start of a workspace that does not run. A dormant one is woken, and what a failed start left is stopped first. */
export async function queueStart(workspace: Workspace, plan: StartPlan, means: Means): Promise<WorkspaceBuild> {
  const { client, out } = means;
  const build = workspace.latest_build;
  if (workspace.dormant_at !== null) {
    await client.call(endpoints.workspaces.updateWorkspaceDormancy, {
      params: { workspace: workspace.id },
      body: { dormant: false },
    });
  }
  if (build.transition === "start" && build.job.status === "failed") {
    out.note("The last start failed; what it left behind is stopped first.");
    await runBuild(workspace, { transition: "stop" }, means);
  }
  const body = { transition: "start" as const, reason: plan.reason, rich_parameter_values: [...plan.values] };
  try {
    return await queueBuild(client, workspace, { ...body, template_version_id: plan.versionId });
  } catch (error) {
    const isActive = plan.versionId === workspace.template_active_version_id;
    if (!(error instanceof ApiError) || error.status !== 403 || isActive) throw error;
    // The template takes its active version only, for whoever may not choose.
    out.note("The template wants its active version: starting that.");
    return await queueBuild(client, workspace, { ...body, template_version_id: workspace.template_active_version_id });
  }
}

function versionToStart(workspace: Workspace): string {
  const takesActive = workspace.automatic_updates === "always" || workspace.template_require_active_version;
  return takesActive ? workspace.template_active_version_id : workspace.latest_build.template_version_id;
}

const noParameterFlags: ParameterFlags = {
  parameter: [],
  parameterDefault: [],
  ephemeralParameter: [],
  richParameterFile: undefined,
};

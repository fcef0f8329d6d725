import type { Logger } from "@hearth/base";
import { ApiError, endpoints } from "@hearth/sdk";
import { listResources } from "../agents/index.ts";
import { route, type Route } from "../ground/http/index.ts";
import { getOrganization, refuseFaults } from "../identity/index.ts";
import { findJobs, isActive, jobLogHandlers } from "../jobs/index.ts";
import { authorizeVersion, getVersion } from "./access.ts";
import type { TemplateVersionRow } from "./rows.ts";
import { listPresets, listVersionParameters, listVersionVariables } from "./store.ts";
import { toApiParameter, toApiPreset, toApiVariable, toApiVersions } from "./to-api.ts";
import { cancelImport, unarchiveVersion, updateVersion } from "./version-writes.ts";
import {
  archiveVersion,
  authorizeNewVersion,
  createVersion,
  faultOfVersionName,
  type TemplateDeps,
} from "./versions.ts";

export function versionRoutes(deps: TemplateDeps & { log: Logger }): Route[] {
  const { db, clock } = deps;
  const logs = jobLogHandlers<"template:read">(deps);

  async function show(version: TemplateVersionRow) {
    const [shown] = await toApiVersions(db, [version], clock.now());
    if (shown === undefined) throw new Error("a template version vanished while it was shown");
    return shown;
  }

  /** @throws ApiError `precondition_failed` while the import runs */
  async function assertImported(version: TemplateVersionRow) {
    const job = (await findJobs(db, [version.job_id])).get(version.job_id);
    if (job !== undefined && isActive(job)) {
      throw new ApiError("precondition_failed", "Job hasn't completed!", { detail: `It is ${job.job_status}.` });
    }
  }

  const readable = {
    access: "template:read",
    load: ({ ctx, params }: { ctx: Parameters<typeof getVersion>[0]; params: { templateversion: string } }) =>
      getVersion(ctx, db, params.templateversion),
  } as const;

  return [
    route(endpoints.templateVersions.createTemplateVersion)({
      access: ["template:create", "template:update"],
      load: ({ ctx, params }) => getOrganization(ctx, db, params.organization),
      async handle({ ctx, loaded, body }) {
        const granted = await authorizeNewVersion(ctx, db, loaded, body);
        return { status: 201, granted, body: await createVersion(ctx, deps, granted, body) };
      },
    }),
    route(endpoints.templateVersions.getTemplateVersion)({
      ...readable,
      async handle({ loaded }) {
        return { status: 200, granted: loaded.granted, body: await show(loaded) };
      },
    }),
    route(endpoints.templateVersions.updateTemplateVersion)({
      ...readable,
      access: "template:update",
      async handle({ ctx, loaded, body }) {
        refuseFaults([
          ["name", body.name === undefined || body.name === "" ? undefined : faultOfVersionName(body.name)],
        ]);
        const granted = authorizeVersion(ctx, "template:update", loaded);
        return { status: 200, granted, body: await show(await updateVersion(deps, granted, loaded, body)) };
      },
    }),
    route(endpoints.templateVersions.cancelTemplateVersion)({
      ...readable,
      access: "template:update",
      async handle({ ctx, loaded }) {
        const granted = authorizeVersion(ctx, "template:update", loaded);
        await cancelImport(ctx, deps, granted, loaded);
        return { status: 200, granted, body: { message: "Job has been marked as canceled..." } };
      },
    }),
    route(endpoints.templateVersions.archiveTemplateVersion)({
      ...readable,
      access: "template:update",
      async handle({ ctx, loaded }) {
        const granted = authorizeVersion(ctx, "template:update", loaded);
        await archiveVersion(deps, granted, loaded);
        return { status: 200, granted, body: { message: "Template version archived" } };
      },
    }),
    route(endpoints.templateVersions.unarchiveTemplateVersion)({
      ...readable,
      access: "template:update",
      async handle({ ctx, loaded }) {
        const granted = authorizeVersion(ctx, "template:update", loaded);
        await unarchiveVersion(deps, granted, loaded);
        return { status: 200, granted, body: { message: "Template version unarchived" } };
      },
    }),
    route(endpoints.templateVersions.listTemplateVersionParameters)({
      ...readable,
      async handle({ loaded }) {
        await assertImported(loaded);
        return {
          status: 200,
          granted: loaded.granted,
          body: (await listVersionParameters(db, loaded.id)).map(toApiParameter),
        };
      },
    }),
    // No template needs an external log-in yet.
    route(endpoints.templateVersions.listTemplateVersionExternalAuth)({
      ...readable,
      handle: ({ loaded }) => ({ status: 200, granted: loaded.granted, body: [] }),
    }),
    route(endpoints.templateVersions.listTemplateVersionVariables)({
      ...readable,
      async handle({ loaded }) {
        await assertImported(loaded);
        return {
          status: 200,
          granted: loaded.granted,
          body: (await listVersionVariables(db, loaded.id)).map(toApiVariable),
        };
      },
    }),
    route(endpoints.templateVersions.listTemplateVersionPresets)({
      ...readable,
      async handle({ loaded }) {
        return { status: 200, granted: loaded.granted, body: (await listPresets(db, loaded.id)).map(toApiPreset) };
      },
    }),
    route(endpoints.templateVersions.listTemplateVersionResources)({
      ...readable,
      async handle({ loaded }) {
        await assertImported(loaded);
        const resources = await listResources(db, [loaded.job_id], clock.now());
        return { status: 200, granted: loaded.granted, body: resources.get(loaded.job_id) ?? [] };
      },
    }),
    route(endpoints.templateVersions.getTemplateVersionLogs)({
      access: "template:read",
      async load({ ctx, params }) {
        const version = await getVersion(ctx, db, params.templateversion);
        return { jobId: version.job_id, granted: version.granted };
      },
      handle: logs.handle,
      socket: logs.socket,
    }),
    route(endpoints.templateVersions.getTemplateVersionSchema)({
      ...readable,
      handle: ({ loaded }) => ({ status: 200, granted: loaded.granted, body: [] }),
    }),
    route(endpoints.templateVersions.getTemplateVersionLegacyParameters)({
      ...readable,
      handle: ({ loaded }) => ({ status: 200, granted: loaded.granted, body: [] }),
    }),
  ];
}

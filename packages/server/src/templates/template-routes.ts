import { ApiError, endpoints } from "@hearth/sdk";
import { givenId, route, userOf, type Route } from "../ground/http/index.ts";
import { authorize, authorizeList, authorizeOrHide, type Context } from "../access/index.ts";
import { getOrganization } from "../identity/index.ts";
import { findJobs } from "../jobs/index.ts";
import {
  authorizeNewTemplate,
  getTemplate,
  getTemplateByName,
  getVersionOfTemplate,
  templateObject,
} from "./access.ts";
import { createTemplate, refuseNewTemplate } from "./create-template.ts";
import { listExamples } from "./examples.ts";
import type { TemplateRow } from "./rows.ts";
import { findPreviousVersion, findTemplateVersion, listVersions } from "./store.ts";
import { searchTemplates } from "./template-query.ts";
import { toApiTemplates, toApiVersions } from "./to-api.ts";
import { deleteTemplate, updateTemplate } from "./template-writes.ts";
import { faultsOfTemplate, refuseTemplateFaults } from "./update-template.ts";
import { archiveUnused, promoteVersion, type TemplateDeps } from "./versions.ts";

export function templateRoutes(deps: TemplateDeps): Route[] {
  const { db, clock } = deps;

  async function show(template: TemplateRow) {
    const [shown] = await toApiTemplates(db, [template]);
    if (shown === undefined) throw new Error("a template lost its creator or organization");
    return shown;
  }

  async function showVersion(version: Parameters<typeof toApiVersions>[1][number]) {
    const [shown] = await toApiVersions(db, [version], clock.now());
    if (shown === undefined) throw new Error("a template version vanished while it was shown");
    return shown;
  }

  async function search(ctx: Context, q: string | undefined, organizationId?: string) {
    const granted = authorizeList(ctx, "template:read");
    const rows = await searchTemplates(db, q ?? "", {
      visible: granted,
      callerId: userOf(ctx).userId,
      ...(organizationId === undefined ? {} : { organizationId }),
    });
    return { status: 200 as const, granted, body: await toApiTemplates(db, rows) };
  }

  return [
    route(endpoints.templates.listTemplates)({
      access: "template:read",
      handle: ({ ctx, query }) => search(ctx, query.q),
    }),
    route(endpoints.templates.listOrganizationTemplates)({
      access: "template:read",
      load: ({ ctx, params }) => getOrganization(ctx, db, params.organization),
      handle: ({ ctx, query, loaded }) => search(ctx, query.q, loaded.id),
    }),
    route(endpoints.templates.listTemplateExamples)({
      access: "template:create",
      async handle({ ctx }) {
        // Examples are for whoever may make templates of them, in any organization.
        const { organizationRoles } = userOf(ctx);
        const [first] = organizationRoles.keys();
        const granted = authorizeOrHide(ctx, "template:create", { organizationId: first });
        return { status: 200, granted, body: await listExamples() };
      },
    }),
    route(endpoints.templates.listOrganizationTemplateExamples)({
      access: "template:create",
      load: ({ ctx, params }) => getOrganization(ctx, db, params.organization),
      async handle({ ctx, loaded }) {
        const granted = authorizeOrHide(ctx, "template:create", { organizationId: loaded.id });
        return { status: 200, granted, body: await listExamples() };
      },
    }),
    route(endpoints.templates.createTemplate)({
      access: "template:create",
      load: ({ ctx, params }) => getOrganization(ctx, db, params.organization),
      async handle({ ctx, loaded, body }) {
        refuseNewTemplate(body);
        const granted = authorizeNewTemplate(ctx, loaded);
        return { status: 201, granted, body: await show(await createTemplate(ctx, deps, granted, body)) };
      },
    }),
    route(endpoints.templates.getTemplateByName)({
      access: "template:read",
      load: ({ ctx, params }) => getTemplateByName(ctx, db, params.organization, params.templatename),
      async handle({ loaded }) {
        return { status: 200, granted: loaded.granted, body: await show(loaded) };
      },
    }),
    route(endpoints.templates.getOrganizationTemplateVersion)({
      access: "template:read",
      async load({ ctx, params }) {
        const template = await getTemplateByName(ctx, db, params.organization, params.templatename);
        return await getVersionOfTemplate(ctx, db, template, params.templateversionname);
      },
      async handle({ loaded }) {
        return { status: 200, granted: loaded.granted, body: await showVersion(loaded) };
      },
    }),
    route(endpoints.templates.getPreviousTemplateVersion)({
      access: "template:read",
      async load({ ctx, params }) {
        const template = await getTemplateByName(ctx, db, params.organization, params.templatename);
        return await getVersionOfTemplate(ctx, db, template, params.templateversionname);
      },
      async handle({ loaded }) {
        const previous = await findPreviousVersion(db, loaded);
        if (previous === undefined) return { status: 204, granted: loaded.granted, body: undefined };
        return { status: 200, granted: loaded.granted, body: await showVersion(previous) };
      },
    }),
    route(endpoints.templates.getTemplate)({
      access: "template:read",
      load: ({ ctx, params }) => getTemplate(ctx, db, params.template),
      async handle({ loaded }) {
        return { status: 200, granted: loaded.granted, body: await show(loaded) };
      },
    }),
    route(endpoints.templates.updateTemplate)({
      access: "template:update",
      load: ({ ctx, params }) => getTemplate(ctx, db, params.template),
      async handle({ ctx, loaded, body }) {
        refuseTemplateFaults("Invalid request to update template metadata!", faultsOfTemplate(body));
        const granted = authorize(ctx, "template:update", templateObject(loaded));
        return { status: 200, granted, body: await show(await updateTemplate(ctx, deps, granted, body)) };
      },
    }),
    route(endpoints.templates.deleteTemplate)({
      access: "template:delete",
      load: ({ ctx, params }) => getTemplate(ctx, db, params.template),
      async handle({ ctx, loaded }) {
        const granted = authorize(ctx, "template:delete", templateObject(loaded));
        await deleteTemplate(ctx, deps, granted);
        return { status: 200, granted, body: { message: "Template has been deleted!" } };
      },
    }),
    route(endpoints.templates.listTemplateVersions)({
      access: "template:read",
      load: ({ ctx, params }) => getTemplate(ctx, db, params.template),
      async handle({ loaded, query }) {
        const rows = await listVersions(db, loaded.id, {
          includeArchived: query.include_archived === true,
          afterId: query.after_id,
          limit: query.limit,
          offset: query.offset,
        });
        return { status: 200, granted: loaded.granted, body: await toApiVersions(db, rows, clock.now()) };
      },
    }),
    route(endpoints.templates.promoteTemplateVersion)({
      access: "template:update",
      load: ({ ctx, params }) => getTemplate(ctx, db, params.template),
      async handle({ ctx, loaded, body }) {
        const id = givenId(body.id);
        if (id === undefined) {
          throw new ApiError("validation_failed", "Validation failed.", {
            validations: [{ field: "id", detail: "This field is required." }],
          });
        }
        const granted = authorize(ctx, "template:update", templateObject(loaded));
        await promoteVersion(ctx, deps, granted, loaded, await findTemplateVersion(db, id));
        return { status: 200, granted, body: { message: "Updated the active template version!" } };
      },
    }),
    route(endpoints.templates.getTemplateVersionByName)({
      access: "template:read",
      async load({ ctx, params }) {
        const template = await getTemplate(ctx, db, params.template);
        return await getVersionOfTemplate(ctx, db, template, params.templateversionname);
      },
      async handle({ loaded }) {
        return { status: 200, granted: loaded.granted, body: await showVersion(loaded) };
      },
    }),
    route(endpoints.templates.archiveTemplateVersions)({
      access: "template:update",
      load: ({ ctx, params }) => getTemplate(ctx, db, params.template),
      async handle({ ctx, loaded, body }) {
        const granted = authorize(ctx, "template:update", templateObject(loaded));
        const versions = (await listVersions(db, loaded.id, { includeArchived: false })).filter(
          (version) => version.id !== loaded.active_version_id,
        );
        const jobs = await findJobs(
          db,
          versions.map((version) => version.job_id),
        );
        const candidates = versions.filter((version) => {
          const job = jobs.get(version.job_id);
          return body.all === true || (job !== undefined && ["failed", "canceled"].includes(job.job_status));
        });
        const archived = await archiveUnused(
          db,
          granted,
          candidates.map((version) => version.id),
          clock.now(),
        );
        return { status: 200, granted, body: { template_id: loaded.id, archived_ids: archived } };
      },
    }),
  ];
}

import { ApiError, endpoints, type Client, type Template, type TemplateVersion } from "@hearth/sdk";
import { resolveOrganization } from "#api/organizations.ts";
import { isUuid } from "#api/workspace-name.ts";
import { Failure } from "#means/failure.ts";

/** The template of that name in an organization, or none. */
export async function findTemplate(
  client: Client,
  organizationId: string,
  name: string,
): Promise<Template | undefined> {
  try {
    return await client.call(endpoints.templates.getTemplateByName, {
      params: { organization: organizationId, templatename: name },
    });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** The template of that name. @throws Failure when there is none. */
export async function resolveTemplate(
  client: Client,
  name: string,
  organization: string | undefined,
): Promise<Template> {
  const { id } = await resolveOrganization(client, organization);
  const template = await findTemplate(client, id, name);
  if (template !== undefined) return template;
  throw new Failure(`There is no template "${name}", or you may not see it.`, {
    hint: "List them with: hearth templates list",
  });
}

/** The version of a template by its name or id. @throws Failure when there is none, or it is another template's. */
export async function resolveVersion(client: Client, template: Template, wanted: string): Promise<TemplateVersion> {
  const none = new Failure(`Template "${template.name}" has no version "${wanted}".`, {
    hint: `List them with: hearth templates versions list ${template.name}`,
  });
  try {
    const params = { template: template.id, templateversionname: wanted };
    return await client.call(endpoints.templates.getTemplateVersionByName, { params });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    if (!isUuid(wanted)) throw none;
  }
  const version = await client.call(endpoints.templateVersions.getTemplateVersion, {
    params: { templateversion: wanted },
  });
  if (version.template_id !== template.id) throw none;
  return version;
}

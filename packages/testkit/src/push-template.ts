import { packFiles } from "@hearth/provisioner";
import { endpoints, type Client, type Template, provisionerType } from "@hearth/sdk";

/** Pushes a manifest as a new template and waits for its import by following its log. @throws Error with what the import said */
export async function pushTemplate(
  client: Client,
  name: string,
  manifest: string,
  /** Values of its variables, by name. */
  variables: Readonly<Record<string, string>> = {},
): Promise<Template> {
  const tar = await packFiles(new Map([["hearth.yaml", new TextEncoder().encode(manifest)]]));
  const { hash } = await client.call(endpoints.files.uploadFile, { body: tar });
  const organization = (await client.call(endpoints.organizations.listOrganizations, {}))[0]?.id ?? "";
  const version = await client.call(endpoints.templateVersions.createTemplateVersion, {
    params: { organization },
    body: {
      storage_method: "file",
      file_id: hash,
      provisioner: provisionerType,
      user_variable_values: Object.entries(variables).map(([variable, value]) => ({ name: variable, value })),
    },
  });
  const params = { templateversion: version.id };
  await endOfLog(
    client.urlOf(endpoints.templateVersions.getTemplateVersionLogs, { params, query: { follow: true } }, "ws"),
    client,
  );
  const { job } = await client.call(endpoints.templateVersions.getTemplateVersion, { params });
  if (job.status !== "succeeded") throw new Error(`The import of ${name} ${job.status}: ${job.error}`);
  return await client.call(endpoints.templates.createTemplate, {
    params: { organization },
    body: { name, template_version_id: version.id },
  });
}

/** The socket of a job's log closes when the job has ended. */
export async function endOfLog(url: string, client: Client): Promise<void> {
  const closed = Promise.withResolvers<void>();
  const socket = new WebSocket(`${url}&coder_session_token=${client.token}`);
  socket.addEventListener("close", () => closed.resolve());
  await closed.promise;
}

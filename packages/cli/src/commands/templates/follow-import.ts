import { endpoints, type Client, type ProvisionerJobLog, type TemplateVersion } from "@hearth/sdk";
import { jsonMessages } from "#api/socket.ts";
import { followJob } from "#build/follow-job.ts";
import type { Means } from "#means/means.ts";

/**
 * Shows the import of a version until it is over.
 * @throws Failure when it failed or was canceled, Interrupted when the user canceled it.
 */
export async function followImport(
  version: TemplateVersion,
  means: Pick<Means, "client" | "out" | "clock" | "signal">,
): Promise<TemplateVersion> {
  const { client } = means;
  const params = { templateversion: version.id };
  return await followJob<TemplateVersion>(
    {
      title: `the import of version "${version.name}"`,
      start: version,
      jobOf: ({ job }) => job,
      read: (signal) => client.call(endpoints.templateVersions.getTemplateVersion, { params, signal }),
      logs: (after, signal) => importLogs(client, version.id, after, signal),
      cancel: (signal) => client.call(endpoints.templateVersions.cancelTemplateVersion, { params, signal }),
    },
    means,
  );
}

function importLogs(
  client: Client,
  versionId: string,
  after: number | undefined,
  signal: AbortSignal,
): AsyncIterable<ProvisionerJobLog> {
  const query = after === undefined ? { follow: true } : { follow: true, after };
  const input = { params: { templateversion: versionId }, query };
  // The contract of the stream: each message is one line.
  return jsonMessages(
    client,
    endpoints.templateVersions.getTemplateVersionLogs,
    input,
    signal,
  ) as AsyncIterable<ProvisionerJobLog>;
}

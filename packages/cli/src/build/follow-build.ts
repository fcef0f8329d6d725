import { endpoints, type ProvisionerJobLog, type WorkspaceBuild } from "@hearth/sdk";
import { jsonMessages } from "#api/socket.ts";
import type { Means } from "#means/means.ts";
import { followJob } from "./follow-job.ts";

/**
 * Shows a build's log until the build is over, and gives it as it is then.
 * @throws Failure when it failed or was canceled, Interrupted when the user canceled it.
 */
export async function followBuild(
  build: WorkspaceBuild,
  means: Pick<Means, "client" | "out" | "clock" | "signal">,
): Promise<WorkspaceBuild> {
  const { client, out } = means;
  const params = { workspacebuild: build.id };
  warnAboutProvisioners(build, out);
  return await followJob<WorkspaceBuild>(
    {
      title: `the ${build.transition} of "${build.workspace_name}"`,
      start: build,
      jobOf: ({ job }) => job,
      read: (signal) => client.call(endpoints.builds.getBuild, { params, signal }),
      logs: (after, signal) => buildLogs(client, build.id, after, signal),
      cancel: (signal) => client.call(endpoints.builds.cancelBuild, { params, signal }),
    },
    means,
  );
}

/** A build's log from its beginning, or after the line of that id, until the build is over. */
export function buildLogs(
  client: Means["client"],
  buildId: string,
  after: number | undefined,
  signal: AbortSignal,
): AsyncIterable<ProvisionerJobLog> {
  const query = after === undefined ? { follow: true } : { follow: true, after };
  // The contract of the stream: each message is one line.
  return jsonMessages(
    client,
    endpoints.builds.getBuildLogs,
    { params: { workspacebuild: buildId }, query },
    signal,
  ) as AsyncIterable<ProvisionerJobLog>;
}

/** Says so when no provisioner, or none that is there, would take the build: it would wait without a word. */
function warnAboutProvisioners({ matched_provisioners: matched, job }: WorkspaceBuild, out: Means["out"]): void {
  if (matched === undefined || matched.available > 0 || job.status !== "pending") return;
  const tags = Object.entries(job.tags).map(([name, value]) => `${name}=${value}`);
  const which = tags.length === 0 ? "no tags" : tags.join(" ");
  out.warn(
    matched.count === 0
      ? `No provisioner takes jobs with ${which}; the build waits until one is started.`
      : `The provisioners for ${which} are away; the build waits until one is back.`,
  );
}

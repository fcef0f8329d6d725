import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { resolveOrganization } from "#api/organizations.ts";
import { organization } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { Failure } from "#means/failure.ts";

export const cancelJob = defineCommand({
  summary: "Cancel a build or an import",
  args: { job: z.string().meta({ description: "its id" }) },
  options: { organization },
  async run(input, { client, out }) {
    const { id: organizationId } = await resolveOrganization(client, input.organization);
    const job = await client.call(endpoints.provisioners.getProvisionerJob, {
      params: { organization: organizationId, job: input.job },
    });
    const { workspace_build_id: buildId, template_version_id: versionId } = job.input;
    if (job.type === "workspace_build" && buildId !== undefined) {
      await client.call(endpoints.builds.cancelBuild, { params: { workspacebuild: buildId } });
    } else if (job.type === "template_version_import" && versionId !== undefined) {
      await client.call(endpoints.templateVersions.cancelTemplateVersion, { params: { templateversion: versionId } });
    } else {
      throw new Failure(`A job of the type "${job.type}" cannot be canceled from here.`);
    }
    out.note(`Job ${job.id} is being canceled.`);
  },
});

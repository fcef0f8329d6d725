import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { organization, yes } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { resolveTemplate, resolveVersion } from "./resolve-template.ts";

const args = {
  template: z.string(),
  versions: z.array(z.string()).nonempty("a version is needed").meta({ description: "by name or id" }),
};
const options = { organization, yes };

export const versionsArchive = defineCommand({
  summary: "Put versions away that no workspace uses",
  args,
  options,
  async run(input, { client, out }) {
    const template = await resolveTemplate(client, input.template, input.organization);
    for (const wanted of input.versions) {
      const version = await resolveVersion(client, template, wanted);
      await client.call(endpoints.templateVersions.archiveTemplateVersion, { params: { templateversion: version.id } });
      out.note(`Version "${version.name}" is archived.`);
    }
  },
});

export const versionsUnarchive = defineCommand({
  summary: "Take archived versions back",
  args,
  options,
  async run(input, { client, out }) {
    const template = await resolveTemplate(client, input.template, input.organization);
    for (const wanted of input.versions) {
      const version = await resolveVersion(client, template, wanted);
      await client.call(endpoints.templateVersions.unarchiveTemplateVersion, {
        params: { templateversion: version.id },
      });
      out.note(`Version "${version.name}" is back.`);
    }
  },
});

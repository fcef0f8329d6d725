import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { organization } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { resolveTemplate, resolveVersion } from "./resolve-template.ts";

export const versionsPromote = defineCommand({
  summary: "Make a version the active one of its template",
  options: {
    template: z
      .string({ error: "a template is needed" })
      .meta({ short: "t", value: "name", description: "the template" }),
    templateVersion: z
      .string({ error: "a version is needed" })
      .meta({ value: "name", description: "the version, by name or id" }),
    organization,
  },
  async run(input, { client, out }) {
    const template = await resolveTemplate(client, input.template, input.organization);
    const version = await resolveVersion(client, template, input.templateVersion);
    await client.call(endpoints.templates.promoteTemplateVersion, {
      params: { template: template.id },
      body: { id: version.id },
    });
    out.note(`Version "${version.name}" of template "${template.name}" is active.`);
  },
});

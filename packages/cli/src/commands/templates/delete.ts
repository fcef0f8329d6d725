import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { organization, yes } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { resolveTemplate } from "./resolve-template.ts";

export const deleteTemplates = defineCommand({
  summary: "Delete templates that no workspace uses",
  args: { templates: z.array(z.string()).nonempty("a template is needed").meta({ value: "template" }) },
  options: { organization, yes },
  async run(input, { client, out, prompt }) {
    const templates = [];
    for (const name of input.templates) templates.push(await resolveTemplate(client, name, input.organization));
    const names = templates.map(({ name }) => `"${name}"`).join(", ");
    if (!(await prompt.confirm({ message: `Delete ${names}?`, initial: false }))) {
      out.note("Nothing was deleted.");
      return 1;
    }
    for (const template of templates) {
      await client.call(endpoints.templates.deleteTemplate, { params: { template: template.id } });
      out.note(`Template "${template.name}" is deleted.`);
    }
    return 0;
  },
});

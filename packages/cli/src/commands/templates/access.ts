import { endpoints, type TemplateACL, type UpdateTemplateACL } from "@hearth/sdk";
import { z } from "zod";
import { resolveOrganization } from "#api/organizations.ts";
import { findGroup, idsOfMembers, listed, parseGrant } from "#api/people.ts";
import { organization, output } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import type { Column } from "#output/table.ts";

interface AccessRow {
  readonly who: string;
  readonly kind: string;
  readonly role: string;
}

const columns: readonly Column<AccessRow>[] = [
  { name: "who", value: ({ who }) => who },
  { name: "kind", value: ({ kind }) => kind },
  { name: "role", value: ({ role }) => role },
];
const names = z.array(z.string()).default([]);

export const templateAccess = defineCommand({
  summary: "Show or change who may use a template",
  description:
    "A new template is for everyone of its organization: take it from the group Everyone to keep it for others.",
  args: { template: z.string().meta({ description: "its name" }) },
  options: {
    user: names.meta({ value: "user[:role]", description: "whom to give it to, and as what: use or admin" }),
    group: names.meta({ value: "group[:role]", description: "the same for everybody in a group" }),
    rmUser: names.meta({ value: "user", description: "whom to take it from" }),
    rmGroup: names.meta({ value: "group", description: "the same for everybody in a group" }),
    organization,
    output,
  },
  examples: [
    { what: "Keep a template for one group", line: "hearth templates access gpu --group ml --rm-group Everyone" },
  ],
  async run(input, { client, out }) {
    const { id } = await resolveOrganization(client, input.organization);
    const template = await client.call(endpoints.templates.getTemplateByName, {
      params: { organization: id, templatename: input.template },
    });
    const none = (name: string) => ({ name, role: "" as const });
    const users = [...listed(input.user).map(parseGrant), ...listed(input.rmUser).map(none)];
    const groups = [...listed(input.group).map(parseGrant), ...listed(input.rmGroup).map(none)];
    if (users.length + groups.length > 0) {
      const userIds = await idsOfMembers(
        client,
        id,
        users.map(({ name }) => name),
      );
      const found = await Promise.all(groups.map(({ name }) => findGroup(client, id, name)));
      const body: UpdateTemplateACL = {
        user_perms: Object.fromEntries(users.map(({ role }, index) => [userIds[index] ?? "", role])),
        group_perms: Object.fromEntries(groups.map(({ role }, index) => [found[index]?.id ?? "", role])),
      };
      await client.call(endpoints.sharing.updateTemplateAcl, { params: { template: template.id }, body });
    }
    const acl = await client.call(endpoints.sharing.getTemplateAcl, { params: { template: template.id } });
    if (input.output === "json") out.json(acl);
    else out.table(rowsOf(acl), columns);
  },
});

function rowsOf({ users, group }: TemplateACL): AccessRow[] {
  return [
    ...users.map(({ username, role }) => ({ who: username, kind: "user", role })),
    ...group.map(({ name, role }) => ({ who: name, kind: "group", role })),
  ];
}

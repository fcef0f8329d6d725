import { endpoints, type Client, type UpdateWorkspaceACL, type Workspace } from "@hearth/sdk";
import { z } from "zod";
import { findGroup, idsOfMembers, listed, parseGrant } from "#api/people.ts";
import { findWorkspace } from "#api/workspaces.ts";
import { output, workspaceArgument } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { UsageError } from "#means/failure.ts";
import { showSharing } from "./status.ts";

const names = z.array(z.string()).default([]);
const args = { workspace: workspaceArgument };

export const share = defineCommand({
  summary: "Share a workspace with users and groups",
  description:
    "Whoever has the role use (the default) connects to it; whoever has the role admin also starts, stops and changes it.",
  args,
  options: {
    user: names.meta({ value: "user[:role]", description: "whom to share it with, and as what: use or admin" }),
    group: names.meta({ value: "group[:role]", description: "the same for everybody in a group" }),
    output,
  },
  examples: [
    {
      what: "Let a colleague in, and a team administer it",
      line: "hearth sharing add dev --user bob --group ml:admin",
    },
  ],
  async run(input, { client, out }) {
    const workspace = await findWorkspace(client, input.workspace);
    const grants = { users: listed(input.user).map(parseGrant), groups: listed(input.group).map(parseGrant) };
    await change(client, workspace, grants);
    await showSharing(client, out, workspace.id, input.output);
  },
});

export const unshare = defineCommand({
  summary: "End the sharing of a workspace with users and groups",
  args,
  options: {
    user: names.meta({ description: "with whom to end it" }),
    group: names.meta({ description: "the same for everybody in a group" }),
    output,
  },
  async run(input, { client, out }) {
    const workspace = await findWorkspace(client, input.workspace);
    const none = (name: string) => ({ name, role: "" as const });
    await change(client, workspace, { users: listed(input.user).map(none), groups: listed(input.group).map(none) });
    await showSharing(client, out, workspace.id, input.output);
  },
});

interface Grant {
  readonly name: string;
  readonly role: "use" | "admin" | "";
}

async function change(
  client: Client,
  { id, organization_id }: Workspace,
  { users, groups }: { users: readonly Grant[]; groups: readonly Grant[] },
): Promise<void> {
  if (users.length + groups.length === 0) throw new UsageError("--user or --group says with whom");
  const userIds = await idsOfMembers(
    client,
    organization_id,
    users.map(({ name }) => name),
  );
  const found = await Promise.all(groups.map(({ name }) => findGroup(client, organization_id, name)));
  const body: UpdateWorkspaceACL = {
    user_roles: Object.fromEntries(users.map(({ role }, index) => [userIds[index] ?? "", role])),
    group_roles: Object.fromEntries(groups.map(({ role }, index) => [found[index]?.id ?? "", role])),
  };
  await client.call(endpoints.sharing.updateWorkspaceAcl, { params: { workspace: id }, body });
}

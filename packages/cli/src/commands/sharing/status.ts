import { endpoints, type Client, type WorkspaceACL } from "@hearth/sdk";
import { findWorkspace } from "#api/workspaces.ts";
import { output, workspaceArgument } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import type { Means } from "#means/means.ts";
import type { Column } from "#output/table.ts";

interface ShareRow {
  readonly user: string;
  readonly group: string;
  readonly role: string;
}

const columns: readonly Column<ShareRow>[] = [
  { name: "user", value: ({ user }) => user },
  { name: "group", value: ({ group }) => group },
  { name: "role", value: ({ role }) => role },
];

export const sharingStatus = defineCommand({
  summary: "Show with whom a workspace is shared",
  args: { workspace: workspaceArgument },
  options: { output },
  async run({ workspace, output: format }, { client, out }) {
    const { id } = await findWorkspace(client, workspace);
    await showSharing(client, out, id, format);
  },
});

/** With whom the workspace is shared: each user, and each member of each group. */
export async function showSharing(
  client: Client,
  out: Means["out"],
  workspace: string,
  format: "table" | "json",
): Promise<void> {
  const acl = await client.call(endpoints.sharing.getWorkspaceAcl, { params: { workspace } });
  if (format === "json") out.json(acl);
  else out.table(rowsOf(acl), columns);
}

function rowsOf({ users, group }: WorkspaceACL): ShareRow[] {
  const named = users.map(({ username, role }) => ({ user: username, group: "-", role }));
  const inGroups = group.flatMap(({ name, role, members }) =>
    (members.length === 0 ? ["-"] : members.map(({ username }) => username)).map((user) => ({
      user,
      group: name,
      role,
    })),
  );
  return [...named, ...inGroups];
}

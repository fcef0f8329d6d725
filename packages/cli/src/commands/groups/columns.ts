import type { Group } from "@hearth/sdk";
import type { Column } from "#output/table.ts";

export const groupColumns: readonly Column<Group>[] = [
  { name: "name", value: ({ name }) => name },
  { name: "display name", value: ({ display_name }) => display_name },
  { name: "members", value: ({ total_member_count }) => String(total_member_count) },
  { name: "quota", value: ({ quota_allowance }) => String(quota_allowance) },
  { name: "who", value: ({ members }) => members.map(({ username }) => username).join(", ") },
  { name: "organization", shown: false, value: ({ organization_name }) => organization_name },
  { name: "id", shown: false, value: ({ id }) => id },
];

import type { Organization } from "@hearth/sdk";
import { age } from "#output/ages.ts";
import type { Column } from "#output/table.ts";

export interface OrganizationRow {
  readonly organization: Organization;
  readonly nowMs: number;
}

export const organizationColumns: readonly Column<OrganizationRow>[] = [
  { name: "name", value: ({ organization }) => organization.name },
  { name: "display name", value: ({ organization }) => organization.display_name },
  { name: "id", value: ({ organization }) => organization.id },
  { name: "default", value: ({ organization }) => (organization.is_default ? "yes" : "no") },
  { name: "created at", shown: false, value: ({ organization, nowMs }) => age(organization.created_at, nowMs) },
  { name: "description", shown: false, value: ({ organization }) => organization.description },
];

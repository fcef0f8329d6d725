import type { HeldRole } from "./actor.ts";
import { actions, catalogue } from "./catalogue.ts";
import type { Pattern, Permission } from "./permission.ts";
import { organizationRoles, siteRoles } from "./roles.ts";

/** A row of `custom_roles`, as far as it says what the role gives. */
export interface CustomRoleRow {
  readonly organization_id: string | null;
  readonly name: string;
  readonly display_name: string;
  readonly site_permissions: readonly string[];
  readonly user_permissions: readonly string[];
  readonly organization_permissions: readonly string[];
  readonly member_permissions: readonly string[];
}

const patterns: ReadonlySet<string> = new Set<Pattern>([
  ...actions,
  ...Object.keys(catalogue).map((type) => `${type}:*` as Pattern), // the types of the catalogue are what patterns are made of
  "*",
]);
const builtIn = new Set([...siteRoles, ...organizationRoles].map(({ name }) => name));

/**
 * The role of a row. Texts that are no permission (of a version that knew more actions) give nothing; a row that took
 * the name of a built-in role is none.
 */
export function toHeldRole(row: CustomRoleRow): HeldRole | undefined {
  if (builtIn.has(row.name)) return undefined;
  return {
    organizationId: row.organization_id ?? undefined,
    role: {
      name: row.name,
      displayName: row.display_name,
      assignable: true,
      site: row.site_permissions.filter(isPermission),
      user: row.user_permissions.filter(isPermission),
      organization: row.organization_permissions.filter(isPermission),
      member: row.member_permissions.filter(isPermission),
    },
  };
}

function isPermission(text: string): text is Permission {
  return patterns.has(text.startsWith("!") ? text.slice(1) : text);
}

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";
import { actions, catalogue } from "./catalogue.ts";
import type { Permission, RoleDefinition } from "./permission.ts";
import { organizationRoles, siteRoles } from "./roles.ts";

const Permissions = z
  .array(z.object({ negate: z.boolean(), resource_type: z.string(), action: z.string() }))
  .optional()
  .transform((list) => (list ?? []).map((each) => `${each.negate ? "!" : ""}${each.resource_type}:${each.action}`));
const Recorded = z.object({
  name: z.string(),
  display_name: z.string(),
  site_permissions: Permissions,
  user_permissions: Permissions,
  organization_permissions: Permissions,
  organization_member_permissions: Permissions,
});
const recorded = z
  .object({ site: z.array(Recorded), organization: z.array(Recorded) })
  .parse(JSON.parse(readFileSync(new URL("fixtures/recorded-roles.json", import.meta.url), "utf8")));

/** What Hearth has and the reference has not. */
const ours: readonly Permission[] = ["prebuilds_settings:*", "chat_model_config:*"];

function expectRole(roles: readonly RoleDefinition[], wanted: z.infer<typeof Recorded>): void {
  const role = roles.find(({ name }) => name === wanted.name);
  const sorted = (list: readonly Permission[] = []) => list.filter((each) => !ours.includes(each)).toSorted();
  expect({
    name: role?.name,
    display_name: role?.displayName,
    site_permissions: sorted(role?.site),
    user_permissions: sorted(role?.user),
    organization_permissions: sorted(role?.organization),
    organization_member_permissions: sorted(role?.member),
  }).toEqual({
    ...wanted,
    site_permissions: wanted.site_permissions.toSorted(),
    organization_permissions: wanted.organization_permissions.toSorted(),
    organization_member_permissions: wanted.organization_member_permissions.toSorted(),
  });
  expect(role?.assignable).toBe(true);
}

test.for(recorded.site.map((role) => [role.name, role] as const))(
  "the site role %s gives what is recorded",
  ([, role]) => {
    expectRole(siteRoles, role);
  },
);

test.for(recorded.organization.map((role) => [role.name, role] as const))(
  "the organization's role %s gives what is recorded",
  ([, role]) => {
    expectRole(organizationRoles, role);
  },
);

test("no other role can be given, and each name is there once", () => {
  const names = [...siteRoles, ...organizationRoles].filter((role) => role.assignable).map(({ name }) => name);

  expect(names.toSorted()).toEqual([...recorded.site, ...recorded.organization].map(({ name }) => name).toSorted());
  expect(new Set([...siteRoles, ...organizationRoles].map(({ name }) => name)).size).toBe(names.length + 2);
});

test("an action is named once", () => {
  expect(new Set(actions).size).toBe(actions.length);
  expect(actions).toContain("workspace:ssh");
  expect(Object.keys(catalogue)).toEqual(expect.arrayContaining(["workspace_dormant", "prebuilt_workspace"]));
});

import fc from "fast-check";
import { expect, test } from "vitest";
import type { Holder } from "./compile.ts";
import { outranks } from "./outranks.ts";
import type { Permission, RoleDefinition, RolePermissions } from "./permission.ts";
import { organizationRoles, siteRoles } from "./roles.ts";

const org = "o";
const all = [...siteRoles, ...organizationRoles];
function roleOf(name: string): RoleDefinition {
  const role = all.find((each) => each.name === name);
  if (role === undefined) throw new Error(`there is no role ${name}`);
  return role;
}

function holderOf(site: readonly string[], inOrganization: readonly string[] = []): Holder {
  return {
    userId: "ada",
    siteRoles: [...site, "member"].map(roleOf),
    organizationRoles: new Map([[org, [...inOrganization, "organization-member"].map(roleOf)]]),
    groupIds: [],
  };
}

const nothingMore = ["organization-workspace-creation-ban"];

test.for<[who: string, holder: Holder, may: string[]]>([
  [
    "who administers users gives what administers users",
    holderOf(["user-admin"]),
    ["member", "user-admin", "organization-member", "organization-user-admin", ...nothingMore],
  ],
  [
    "an organization's admin gives every role of the organization, and none of the deployment",
    holderOf([], ["organization-admin"]),
    ["member", ...organizationRoles.map(({ name }) => name)],
  ],
  [
    "who administers an organization's users makes nobody its admin",
    holderOf([], ["organization-user-admin"]),
    ["member", "organization-member", "organization-user-admin", ...nothingMore],
  ],
  ["a member gives nothing beyond a member", holderOf([]), ["member", "organization-member", ...nothingMore]],
])("%s", ([, holder, may]) => {
  const given = all.filter((role) => outranks(holder, role, siteRoles.includes(role) ? undefined : org));

  expect(given.map(({ name }) => name).toSorted()).toEqual(may.toSorted());
});

test("rights in one organization give nothing in another", () => {
  expect(outranks(holderOf([], ["organization-admin"]), roleOf("organization-auditor"), "another")).toBe(false);
});

test("whoever gives a role that it outranks makes nobody who outranks more than itself", () => {
  const roles = fc.constantFrom(...all);
  fc.assert(
    fc.property(fc.subarray(siteRoles.map(({ name }) => name)), roles, roles, (site, given, other) => {
      const giver = holderOf(site);
      if (!outranks(giver, given, org)) return;
      const taker: Holder = { ...holderOf([]), siteRoles: [given], organizationRoles: new Map([[org, [given]]]) };
      if (outranks(taker, other, org)) expect(outranks(giver, other, org)).toBe(true);
    }),
  );
});

type Place = keyof RolePermissions;

test.for<[wanted: Place, heldInDeployment: Place[], heldThere: Place[]]>([
  ["site", ["site"], ["site"]],
  ["user", ["site", "user"], ["site", "user"]],
  ["organization", ["site"], ["site", "organization"]],
  ["member", ["site"], ["site", "organization", "member"]],
])(
  "what a role gives in the place %s is held by a role of the deployment in %j, of the organization in %j",
  (given) => {
    const [wanted, ...enough] = given;
    const permissions: readonly Permission[] = ["workspace:read"];
    const role = (place: Place): RolePermissions => ({ [place]: permissions });
    const places: readonly Place[] = ["site", "user", "organization", "member"];
    const holding = (place: Place, where: "deployment" | "there"): Holder => ({
      userId: "ada",
      siteRoles: where === "deployment" ? [role(place)] : [],
      organizationRoles: new Map([[org, where === "there" ? [role(place)] : []]]),
      groupIds: [],
    });

    const found = (["deployment", "there"] as const).map((where) =>
      places.filter((place) => outranks(holding(place, where), role(wanted), org)),
    );

    expect(found).toEqual(enough);
    // Where a role is the deployment's, what is held in some organization alone is not enough.
    const beyond = places.filter((place) => outranks(holding(place, "there"), role(wanted), undefined));
    expect(beyond).toEqual(given[2].filter((place) => place === "site" || (place === "user" && wanted === "user")));
  },
);

test.for<[held: Permission[][], given: Permission[], may: boolean]>([
  [[["workspace:read"]], ["workspace:*"], false],
  [[["workspace:*"]], ["workspace:read", "workspace:ssh"], true],
  [[["workspace:read"], ["workspace:ssh"]], ["workspace:read", "workspace:ssh"], true],
  [[["workspace:*"], ["!workspace:ssh"]], ["workspace:ssh"], false],
  [[["!workspace:ssh"], ["workspace:*"]], ["workspace:ssh"], false],
  [[["workspace:read"]], ["workspace:read", "!workspace:ssh"], true],
  [[], ["!*"], true],
])("whoever holds %j may give %j: %s", ([held, given, may]) => {
  const siteRoles = held.map((site) => ({ site }));
  const giver: Holder = { userId: "ada", siteRoles, organizationRoles: new Map(), groupIds: [] };

  expect(outranks(giver, { site: given }, undefined)).toBe(may);
});

test("what is taken away in one organization is given by its holder in the others alone", () => {
  const holder: Holder = {
    userId: "ada",
    siteRoles: [],
    organizationRoles: new Map([
      [org, [{ organization: ["workspace:*"] }, { organization: ["!workspace:ssh"] }]],
      ["another", [{ organization: ["workspace:*"] }]],
    ]),
    groupIds: [],
  };

  expect(outranks(holder, { organization: ["workspace:ssh"] }, org)).toBe(false);
  expect(outranks(holder, { organization: ["workspace:stop", "!workspace:ssh"] }, org)).toBe(true);
  expect(outranks(holder, { organization: ["workspace:ssh"] }, "another")).toBe(true);
});

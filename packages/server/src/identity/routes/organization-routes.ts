import { endpoints } from "@hearth/sdk";
import { route, type Route } from "../../ground/http/index.ts";
import { authorize, authorizeList, authorizeWithin, can, organizationRoles } from "../../access/index.ts";
import { findMember, listMembers, removeMember } from "../members.ts";
import { refuseFaults } from "../names.ts";
import { addMember, getOrganization, listOrganizations } from "../organizations.ts";
import { toApiMember, toApiOrganization, toAssignableRole, toPlainMember } from "../to-api.ts";
import { announceAccessChanged } from "../access-changed.ts";
import { setMemberRoles } from "../standing.ts";
import { getUser, resolveUser } from "../users.ts";
import type { IdentityDeps } from "./deps.ts";

export function organizationRoutes(deps: IdentityDeps): Route[] {
  const { db, clock, pubsub } = deps;
  return [
    route(endpoints.organizations.listOrganizations)({
      access: "organization:read",
      async handle({ ctx }) {
        const granted = authorizeList(ctx, "organization:read");
        return { status: 200, granted, body: (await listOrganizations(db, granted)).map(toApiOrganization) };
      },
    }),
    route(endpoints.organizations.getOrganization)({
      access: "organization:read",
      load: ({ ctx, params }) => getOrganization(ctx, db, params.organization),
      handle: ({ loaded }) => ({ status: 200, granted: loaded.granted, body: toApiOrganization(loaded) }),
    }),
    route(endpoints.organizations.listMembers)({
      access: "organization_member:read",
      load: ({ ctx, params }) => getOrganization(ctx, db, params.organization),
      async handle({ ctx, loaded }) {
        const granted = authorizeWithin(ctx, "organization_member:read", { organizationId: loaded.id });
        return { status: 200, granted, body: (await listMembers(db, granted, {})).members.map(toApiMember) };
      },
    }),
    route(endpoints.organizations.listMembersPaged)({
      access: "organization_member:read",
      load: ({ ctx, params }) => getOrganization(ctx, db, params.organization),
      async handle({ ctx, loaded, query }) {
        const granted = authorizeWithin(ctx, "organization_member:read", { organizationId: loaded.id });
        const page = await listMembers(db, granted, { ...query, search: query.q, afterId: query.after_id });
        return { status: 200, granted, body: { members: page.members.map(toApiMember), count: page.count } };
      },
    }),
    route(endpoints.organizations.listOrganizationRoles)({
      access: "assign_org_role:read",
      load: ({ ctx, params }) => getOrganization(ctx, db, params.organization),
      handle({ ctx, loaded }) {
        const granted = authorize(ctx, "assign_org_role:read", { organizationId: loaded.id });
        const may = can(ctx, "assign_org_role:assign", { organizationId: loaded.id });
        const roles = organizationRoles.filter((role) => role.assignable);
        return { status: 200, granted, body: roles.map((role) => toAssignableRole(role, loaded.id, may)) };
      },
    }),
    route(endpoints.organizations.getMember)({
      access: "organization_member:read",
      async load({ ctx, params }) {
        const organization = await getOrganization(ctx, db, params.organization);
        const user = await resolveUser(ctx, db, params.user);
        const granted = authorize(ctx, "organization_member:read", { id: user.id, organizationId: organization.id });
        return { granted, member: await findMember(db, { id: user.id, organizationId: organization.id }) };
      },
      handle: ({ loaded }) => ({ status: 200, granted: loaded.granted, body: toApiMember(loaded.member) }),
    }),
    route(endpoints.organizations.listAvailableOwners)({
      access: "organization_member:update",
      async load({ ctx, params }) {
        const organization = await getOrganization(ctx, db, params.organization);
        await resolveUser(ctx, db, params.user);
        return organization;
      },
      async handle({ ctx, loaded, query }) {
        // Whoever may act on members may act for them.
        const granted = authorizeWithin(ctx, "organization_member:update", { organizationId: loaded.id });
        const page = await listMembers(db, granted, {
          search: query.q,
          limit: query.limit,
          offset: query.offset,
        });
        return {
          status: 200,
          granted,
          body: page.members.map(({ id, username, name, avatar_url }) => ({
            id,
            username,
            ...(name === "" ? {} : { name }),
            ...(avatar_url === "" ? {} : { avatar_url }),
          })),
        };
      },
    }),
    route(endpoints.organizations.addMember)({
      access: "organization_member:create",
      async load({ ctx, params }) {
        const organization = await getOrganization(ctx, db, params.organization);
        return { organization, user: await getUser(ctx, db, params.user) };
      },
      async handle({ ctx, loaded: { organization, user } }) {
        const granted = authorize(ctx, "organization_member:create", { organizationId: organization.id });
        await addMember(db, granted, { organizationId: organization.id, userId: user.id, nowMs: clock.now() });
        announceAccessChanged(pubsub, user.id);
        return {
          status: 200,
          granted,
          body: toPlainMember(await findMember(db, { id: user.id, organizationId: organization.id })),
        };
      },
    }),
    route(endpoints.organizations.removeMember)({
      access: "organization_member:delete",
      async load({ ctx, params }) {
        const organization = await getOrganization(ctx, db, params.organization);
        return { organization, user: await resolveUser(ctx, db, params.user) };
      },
      async handle({ ctx, loaded: { organization, user } }) {
        const granted = authorize(ctx, "organization_member:delete", { id: user.id, organizationId: organization.id });
        await removeMember(ctx, deps, granted);
        return { status: 204, granted, body: undefined };
      },
    }),
    route(endpoints.organizations.updateMemberRoles)({
      access: "organization_member:update",
      async load({ ctx, params }) {
        const organization = await getOrganization(ctx, db, params.organization);
        const user = await resolveUser(ctx, db, params.user);
        return { organization, member: await findMember(db, { id: user.id, organizationId: organization.id }) };
      },
      async handle({ ctx, loaded: { organization, member }, body }) {
        const roles = [...new Set(body.roles ?? [])];
        const assignable = organizationRoles.filter((role) => role.assignable).map((role) => role.name);
        const unknown = roles.filter((role) => !assignable.includes(role));
        refuseFaults([
          [
            "roles",
            unknown.length === 0
              ? undefined
              : `"${unknown.join(", ")}" cannot be given; there are ${assignable.join(", ")}`,
          ],
        ]);
        const granted = authorize(ctx, "organization_member:update", {
          id: member.id,
          organizationId: organization.id,
        });
        const assigning = authorize(ctx, "assign_org_role:assign", { organizationId: organization.id });
        await setMemberRoles(ctx, { db, clock, pubsub }, granted, assigning, roles);
        return { status: 200, granted, body: toPlainMember(await findMember(db, granted.object)) };
      },
    }),
  ];
}

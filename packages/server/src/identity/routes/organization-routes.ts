import { sql } from "kysely";
import { ApiError, endpoints } from "@hearth/sdk";
import type { Db } from "../../ground/database/index.ts";
import { route, type Route } from "../../ground/http/index.ts";
import { authorize, authorizeWithin, can, notFoundMessage, organizationRoles } from "../../access/index.ts";
import { refuseWider, wholeUser } from "../credentials.ts";
import { refuseFaults } from "../names.ts";
import { addMember, getOrganization, listOrganizations } from "../organizations.ts";
import { toApiMember, toApiOrganization, toAssignableRole, toPlainMember, type MemberRow } from "../to-api.ts";
import { requireRank } from "../rank.ts";
import { announceAccessChanged } from "../session-watch.ts";
import { getUser, resolveUser } from "../users.ts";
import type { IdentityDeps } from "./deps.ts";

export function organizationRoutes({ db, clock, pubsub }: IdentityDeps): Route[] {
  /** @throws ApiError `not_found` when the user is no member */
  async function getMember(organizationId: string, userId: string): Promise<MemberRow> {
    const member = (await listMembers(db, organizationId, { userId })).members[0];
    if (member === undefined) throw new ApiError("not_found", notFoundMessage);
    return member;
  }

  return [
    route(endpoints.organizations.listOrganizations)({
      access: "organization:read",
      async handle({ ctx }) {
        return { status: 200, body: (await listOrganizations(ctx, db)).map(toApiOrganization) };
      },
    }),
    route(endpoints.organizations.getOrganization)({
      access: "organization:read",
      load: ({ ctx, params }) => getOrganization(ctx, db, params.organization),
      handle: ({ loaded }) => ({ status: 200, body: toApiOrganization(loaded) }),
    }),
    route(endpoints.organizations.listMembers)({
      access: "organization_member:read",
      load: ({ ctx, params }) => getOrganization(ctx, db, params.organization),
      async handle({ ctx, loaded }) {
        const ids = authorizeWithin(ctx, "organization_member:read", { organizationId: loaded.id });
        return { status: 200, body: (await listMembers(db, loaded.id, { ids })).members.map(toApiMember) };
      },
    }),
    route(endpoints.organizations.listMembersPaged)({
      access: "organization_member:read",
      load: ({ ctx, params }) => getOrganization(ctx, db, params.organization),
      async handle({ ctx, loaded, query }) {
        const ids = authorizeWithin(ctx, "organization_member:read", { organizationId: loaded.id });
        const page = await listMembers(db, loaded.id, { ...query, ids, search: query.q, afterId: query.after_id });
        return { status: 200, body: { members: page.members.map(toApiMember), count: page.count } };
      },
    }),
    route(endpoints.organizations.listOrganizationRoles)({
      access: "assign_org_role:read",
      load: ({ ctx, params }) => getOrganization(ctx, db, params.organization),
      handle({ ctx, loaded }) {
        authorize(ctx, "assign_org_role:read", { organizationId: loaded.id });
        const may = can(ctx, "assign_org_role:assign", { organizationId: loaded.id });
        const roles = organizationRoles.filter((role) => role.assignable);
        return { status: 200, body: roles.map((role) => toAssignableRole(role, loaded.id, may)) };
      },
    }),
    route(endpoints.organizations.getMember)({
      access: "organization_member:read",
      async load({ ctx, params }) {
        const organization = await getOrganization(ctx, db, params.organization);
        const user = await resolveUser(ctx, db, params.user);
        authorize(ctx, "organization_member:read", { id: user.id, organizationId: organization.id });
        return await getMember(organization.id, user.id);
      },
      handle: ({ loaded }) => ({ status: 200, body: toApiMember(loaded) }),
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
        const ids = authorizeWithin(ctx, "organization_member:update", { organizationId: loaded.id });
        const page = await listMembers(db, loaded.id, {
          ids,
          search: query.q,
          limit: query.limit,
          offset: query.offset,
        });
        return {
          status: 200,
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
        authorize(ctx, "organization_member:create", { organizationId: organization.id });
        await addMember(db, { organizationId: organization.id, userId: user.id, nowMs: clock.now() });
        announceAccessChanged(pubsub, user.id);
        return { status: 200, body: toPlainMember(await getMember(organization.id, user.id)) };
      },
    }),
    route(endpoints.organizations.removeMember)({
      access: "organization_member:delete",
      async load({ ctx, params }) {
        const organization = await getOrganization(ctx, db, params.organization);
        return { organization, user: await resolveUser(ctx, db, params.user) };
      },
      async handle({ ctx, loaded: { organization, user } }) {
        authorize(ctx, "organization_member:delete", { id: user.id, organizationId: organization.id });
        const { member_roles: held } = await getMember(organization.id, user.id);
        requireRank(ctx, { organizations: new Map([[organization.id, held]]) });
        const gone = await db
          .deleteFrom("organization_members")
          .where("organization_id", "=", organization.id)
          .where("user_id", "=", user.id)
          .returning("user_id")
          .executeTakeFirst();
        if (gone === undefined) throw new ApiError("not_found", notFoundMessage);
        announceAccessChanged(pubsub, user.id);
        return { status: 204, body: undefined };
      },
    }),
    route(endpoints.organizations.updateMemberRoles)({
      access: "organization_member:update",
      async load({ ctx, params }) {
        const organization = await getOrganization(ctx, db, params.organization);
        const user = await resolveUser(ctx, db, params.user);
        return { organization, member: await getMember(organization.id, user.id) };
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
        authorize(ctx, "organization_member:update", { id: member.id, organizationId: organization.id });
        authorize(ctx, "assign_org_role:assign", { organizationId: organization.id });
        requireRank(ctx, { organizations: new Map([[organization.id, [...member.member_roles, ...roles]]]) });
        if (roles.some((role) => !member.member_roles.includes(role))) refuseWider(ctx, wholeUser);
        await db
          .updateTable("organization_members")
          .set({ roles, updated_at: new Date(clock.now()) })
          .where("organization_id", "=", organization.id)
          .where("user_id", "=", member.id)
          .execute();
        announceAccessChanged(pubsub, member.id);
        return { status: 200, body: toPlainMember(await getMember(organization.id, member.id)) };
      },
    }),
  ];
}

interface MemberFilter {
  readonly userId?: string;
  /** Of these users alone. */
  readonly ids?: readonly string[] | undefined;
  readonly search?: string | undefined;
  readonly afterId?: string | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

/** A page of members by username; the pool's own user is none of them. */
async function listMembers(
  db: Db,
  organizationId: string,
  filter: MemberFilter,
): Promise<{ members: MemberRow[]; count: number }> {
  let query = db
    .selectFrom("organization_members as m")
    .innerJoin("users as u", "u.id", "m.user_id")
    .where("m.organization_id", "=", organizationId)
    .where("u.deleted", "=", false)
    .where("u.is_system", "=", false);
  if (filter.userId !== undefined) query = query.where("u.id", "=", filter.userId);
  if (filter.ids !== undefined) query = query.where(sql<boolean>`u.id::text = any(${[...filter.ids]}::text[])`);
  if (filter.search !== undefined && filter.search !== "") {
    const pattern = `%${filter.search.toLowerCase().replace(/[\\%_]/g, "\\$&")}%`;
    query = query.where(sql<boolean>`(lower(u.username) like ${pattern} or lower(u.email) like ${pattern})`);
  }
  if (filter.afterId !== undefined) {
    query = query.where(
      sql<boolean>`lower(u.username) > (select lower(a.username) from users a where a.id = ${filter.afterId})`,
    );
  }
  const { count } = await query.select(sql<number>`count(*)::int`.as("count")).executeTakeFirstOrThrow();
  let page = query
    .selectAll("u")
    .select([
      "m.organization_id",
      "m.roles as member_roles",
      "m.created_at as member_created_at",
      "m.updated_at as member_updated_at",
      sql<string[]>`'{}'::uuid[]`.as("organization_ids"),
    ])
    .orderBy(sql`lower(u.username)`)
    .offset(filter.offset ?? 0);
  if (filter.limit !== undefined && filter.limit > 0) page = page.limit(filter.limit);
  return { members: await page.execute(), count };
}

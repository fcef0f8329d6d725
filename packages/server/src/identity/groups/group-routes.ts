import { ApiError, endpoints } from "@hearth/sdk";
import { authorize, authorizeList, notFoundMessage, type Context } from "../../access/index.ts";
import { findUuid, parseUuid, refuseQuery, route, type Route } from "../../ground/http/index.ts";
import { getOrganization } from "../organizations.ts";
import { toReducedUser } from "../to-api.ts";
import { resolveUser } from "../users.ts";
import {
  createGroup,
  deleteGroup,
  groupObject,
  refuseGroupChange,
  refuseNewGroup,
  updateGroup,
  type GroupDeps,
} from "./edit-groups.ts";
import { findGroups, type GroupRow } from "./find-groups.ts";
import { countGroupMembers, findPageOfMembers, type MembersWanted } from "./find-members.ts";
import { toApiGroups } from "./to-api-group.ts";

/** Groups and who is in them. */
export function groupRoutes(deps: GroupDeps): Route[] {
  const { db } = deps;

  const show = async (ctx: Context, group: GroupRow, withMembers = true) => {
    const [shown] = await toApiGroups(ctx, db, [group], { withMembers });
    if (shown === undefined) throw new Error("a group vanished while it was shown");
    return shown;
  };

  /** @throws ApiError `not_found`, also for one that the caller may not read */
  const getGroup = async (ctx: Context, by: { ids: [string] } | { organizationId: string; name: string }) => {
    const [group] = await findGroups(db, by);
    if (group === undefined) throw new ApiError("not_found", notFoundMessage);
    const granted = authorize(ctx, "group:read", groupObject(group));
    return { ...group, granted };
  };
  const load = ({ ctx, params }: { ctx: Context; params: { group: string } }) =>
    getGroup(ctx, { ids: [parseUuid(params.group)] });
  const loadByName = async ({ ctx, params }: { ctx: Context; params: { organization: string; groupName: string } }) => {
    const { id } = await getOrganization(ctx, db, params.organization);
    return await getGroup(ctx, { organizationId: id, name: params.groupName });
  };

  const pageOf = async (
    ctx: Context,
    group: GroupRow,
    query: Omit<MembersWanted, "groupId" | "afterId" | "search"> & {
      q?: string | undefined;
      after_id?: string | undefined;
    },
  ) => {
    const granted = authorize(ctx, "group_member:read", groupObject(group));
    const { q, after_id, ...page } = query;
    const wanted = { groupId: group.id, search: q, afterId: after_id, ...page };
    const [members, count] = [await findPageOfMembers(db, wanted), await countGroupMembers(db, wanted)];
    return { status: 200 as const, granted, body: { users: members.map(toReducedUser), count } };
  };

  return [
    route(endpoints.groups.listGroups)({
      access: "group:read",
      async load({ ctx, query }) {
        const { organization, has_member } = query;
        return {
          organizationId: organization === undefined ? undefined : (await getOrganization(ctx, db, organization)).id,
          memberId: has_member === undefined ? undefined : (await resolveUser(ctx, db, has_member)).id,
        };
      },
      async handle({ ctx, query, loaded }) {
        const granted = authorizeList(ctx, "group:read");
        const groups = await findGroups(db, { ...loaded, visible: granted, ids: idsOf(query.group_ids) });
        return { status: 200, granted, body: await toApiGroups(ctx, db, groups) };
      },
    }),
    route(endpoints.groups.listOrganizationGroups)({
      access: "group:read",
      load: ({ ctx, params }) => getOrganization(ctx, db, params.organization),
      async handle({ ctx, loaded }) {
        const granted = authorizeList(ctx, "group:read");
        const groups = await findGroups(db, { organizationId: loaded.id, visible: granted });
        return { status: 200, granted, body: await toApiGroups(ctx, db, groups) };
      },
    }),
    route(endpoints.groups.createGroup)({
      access: "group:create",
      load: ({ ctx, params }) => getOrganization(ctx, db, params.organization),
      async handle({ ctx, loaded, body }) {
        refuseNewGroup(body);
        const granted = authorize(ctx, "group:create", { organizationId: loaded.id });
        const id = await createGroup(deps, granted, body);
        return { status: 201, granted, body: await show(ctx, await getGroup(ctx, { ids: [id] })) };
      },
    }),
    route(endpoints.groups.getGroup)({
      access: "group:read",
      load,
      async handle({ ctx, loaded, query }) {
        return { status: 200, granted: loaded.granted, body: await show(ctx, loaded, query.exclude_members !== true) };
      },
    }),
    route(endpoints.groups.getGroupByName)({
      access: "group:read",
      load: loadByName,
      async handle({ ctx, loaded }) {
        return { status: 200, granted: loaded.granted, body: await show(ctx, loaded) };
      },
    }),
    route(endpoints.groups.updateGroup)({
      access: "group:update",
      load,
      async handle({ ctx, loaded, body }) {
        refuseGroupChange(loaded, body);
        const granted = authorize(ctx, "group:update", groupObject(loaded));
        await updateGroup(ctx, deps, granted, loaded, body);
        return { status: 200, granted, body: await show(ctx, await getGroup(ctx, { ids: [loaded.id] })) };
      },
    }),
    route(endpoints.groups.deleteGroup)({
      access: "group:delete",
      load,
      async handle({ ctx, loaded }) {
        const granted = authorize(ctx, "group:delete", groupObject(loaded));
        await deleteGroup(ctx, deps, granted, loaded);
        return { status: 200, granted, body: { message: "Successfully deleted group!" } };
      },
    }),
    route(endpoints.groups.listGroupMembers)({
      access: "group_member:read",
      load,
      handle: ({ ctx, loaded, query }) => pageOf(ctx, loaded, query),
    }),
    route(endpoints.groups.listMembersOfNamedGroup)({
      access: "group_member:read",
      load: loadByName,
      handle: ({ ctx, loaded, query }) => pageOf(ctx, loaded, query),
    }),
  ];
}

/** The ids of a list with commas. @throws ApiError `bad_query` */
function idsOf(text: string | undefined): string[] | undefined {
  if (text === undefined || text === "") return undefined;
  return text.split(",").map((id) => {
    const uuid = findUuid(id.trim());
    if (uuid === undefined) throw refuseQuery("group_ids", `"${id}" is no UUID`);
    return uuid;
  });
}

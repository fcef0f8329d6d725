import { sql } from "kysely";
import { ApiError } from "@hearth/sdk";
import { agentStatus } from "../agents/index.ts";
import { computed, defineStatement, sampleId, sampleMs, type Db, type Fragment } from "../ground/database/index.ts";
import { findUuid, refuseQuery } from "../ground/http/index.ts";
import { columnsOf, toPredicate, type Action, type Context, type GrantedList } from "../access/index.ts";
import { getOrganization } from "../identity/index.ts";
import type { WorkspaceFilter } from "./workspace-query.ts";

export interface WorkspacePage {
  readonly ids: readonly string[];
  /** Of all that match, before `limit` and `offset`. */
  readonly count: number;
}

interface Page {
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

interface Known {
  readonly viewerId: string | undefined;
  readonly organizationId: string | undefined;
  readonly nowMs: number;
}

const all: WorkspaceFilter = { ids: [], statuses: [], agentStatuses: [], parameters: [], matchesNothing: false };
interface Wanted {
  /** What the caller may see of `workspaces w`; a test of the access rules holds its text to real tables. */
  readonly seen: Fragment;
  readonly filter: WorkspaceFilter;
  readonly known: Known;
  readonly page: Page;
}

const someOf: Fragment = sql`w.owner_id = ${sampleId}::uuid`;
const everything: Fragment = sql`true`;

/** Every condition that a query can ask for, in two halves: those of a member, and those of who sees everything. */
const samples: readonly Wanted[] = [
  {
    seen: someOf,
    filter: {
      ...all,
      owner: "me",
      name: "mine",
      template: "docker",
      ids: [sampleId],
      statuses: ["running"],
      agentStatuses: ["connected"],
      parameters: [{ name: "region" }, { name: "size", value: "2" }],
      sharedWithUser: "me",
    },
    known: { viewerId: sampleId, organizationId: sampleId, nowMs: sampleMs },
    page: { limit: 25, offset: 25 },
  },
  {
    seen: everything,
    filter: {
      ...all,
      owner: "ada",
      isDormant: true,
      isOutdated: true,
      usedAfter: new Date(sampleMs),
      usedBefore: new Date(sampleMs),
      isShared: true,
      sharedWithUser: "ada",
      sharedWithGroup: sampleId,
      matchesNothing: true,
    },
    known: { viewerId: undefined, organizationId: undefined, nowMs: sampleMs },
    page: {},
  },
  {
    seen: everything,
    filter: all,
    known: { viewerId: sampleId, organizationId: undefined, nowMs: sampleMs },
    page: { limit: 25 },
  },
];

const list = defineStatement({
  name: "workspaces.list_ids",
  // Who sees everything is told how many there are.
  mayScan: ["users", "workspaces"],
  columns: { count: computed.number, ids: computed.uuids },
  samples: samples,
  build: ({ seen, filter, known, page }: Wanted) => sql`
    with matching as materialized (
      select w.id, f.user_id is not null as is_favorite, workspace_status(j.job_status, b.transition) = 'running' as is_running,
        lower(u.username) as owner_name, lower(w.name) as name
      from workspaces w
      join users u on u.id = w.owner_id
      join templates t on t.id = w.template_id
      cross join lateral latest_build(w.id) b
      join provisioner_jobs j on j.id = b.job_id
      left join workspace_favorites f on f.workspace_id = w.id and f.user_id = ${known.viewerId ?? null}
      where ${sql.join([sql`not w.deleted`, seen, ...conditionsOf(filter, known)], sql` and `)}
    )
    select (select count(*)::int from matching) as count,
      array(select id from matching order by is_favorite desc, is_running desc, owner_name, name, id
        ${page.limit === undefined || page.limit === 0 ? sql`` : sql`limit ${page.limit}`} offset ${page.offset ?? 0}) as ids`,
});

/**
 * Ids of the workspaces that the caller may read and that match: its favourites first, then those that run, then by
 * owner and name. One statement.
 *
 * @throws ApiError `bad_query` for an organization that the caller does not know
 */
export async function listWorkspaceIds(
  ctx: Context,
  db: Db,
  granted: GrantedList<"workspace:read">,
  filter: WorkspaceFilter,
  page: Page,
  nowMs: number,
): Promise<WorkspacePage> {
  const viewerId = ctx.actor.kind === "user" ? ctx.actor.userId : undefined;
  const organizationId =
    filter.organization === undefined ? undefined : await organizationOf(ctx, db, filter.organization);
  const row = await list.first(db, {
    seen: visible(granted),
    filter,
    known: { viewerId, organizationId, nowMs },
    page,
  });
  return row ?? { ids: [], count: 0 };
}

/** An SQL text: that the workspace `w` is within reach. */
export function visible(granted: GrantedList<Action>): Fragment {
  return toPredicate(granted, columnsOf("w", { isOwned: true }));
}

function conditionsOf(filter: WorkspaceFilter, known: Known): Fragment[] {
  const conditions: Fragment[] = [];
  const add = (condition: Fragment) => conditions.push(condition);
  if (filter.matchesNothing) add(sql`false`);
  if (filter.owner === "me") add(sql`w.owner_id = ${known.viewerId ?? null}::uuid`);
  else if (filter.owner !== undefined) add(sql`lower(u.username) = ${filter.owner}`);
  if (filter.name !== undefined) add(sql`lower(w.name) like ${`%${filter.name.replace(/[\\%_]/g, "\\$&")}%`}`);
  if (filter.template !== undefined) add(sql`lower(t.name) = ${filter.template}`);
  if (filter.ids.length > 0) add(sql`w.id = any(${[...filter.ids]}::uuid[])`);
  if (filter.statuses.length > 0) {
    add(sql`workspace_status(j.job_status, b.transition) = any(${[...filter.statuses]}::text[])`);
  }
  if (filter.agentStatuses.length > 0) add(hasAgent(filter.agentStatuses, known.nowMs));
  if (filter.isDormant !== undefined) add(sql`(w.dormant_at is not null) = ${filter.isDormant}`);
  if (filter.isOutdated !== undefined) add(sql`(b.template_version_id <> t.active_version_id) = ${filter.isOutdated}`);
  if (filter.usedAfter !== undefined) add(sql`w.last_used_at > ${filter.usedAfter}`);
  if (filter.usedBefore !== undefined) add(sql`w.last_used_at < ${filter.usedBefore}`);
  if (known.organizationId !== undefined) add(sql`w.organization_id = ${known.organizationId}`);
  for (const { name, value } of filter.parameters) {
    const hasValue = value === undefined ? sql`true` : sql`lower(p.value) = ${value}`;
    add(
      sql`exists (select from workspace_build_parameters p where p.build_id = b.id and lower(p.name) = ${name} and ${hasValue})`,
    );
  }
  if (filter.isShared !== undefined) add(sql`(w.user_acl <> '{}' or w.group_acl <> '{}') = ${filter.isShared}`);
  if (filter.sharedWithUser !== undefined) add(sharedWith(filter.sharedWithUser, known.viewerId));
  if (filter.sharedWithGroup !== undefined) add(sql`jsonb_exists(w.group_acl, ${filter.sharedWithGroup})`);
  return conditions;
}

function hasAgent(statuses: readonly string[], nowMs: number): Fragment {
  return sql`exists (
    select from workspace_resources r join workspace_agents a on a.resource_id = r.id and not a.deleted
    where r.job_id = b.job_id and ${agentStatus(nowMs)} = any(${[...statuses]}::text[]))`;
}

function sharedWith(user: string, viewerId: string | undefined): Fragment {
  const id = user === "me" ? viewerId : findUuid(user);
  if (id !== undefined) return sql`jsonb_exists(w.user_acl, ${id})`;
  return sql`exists (select from users s where lower(s.username) = ${user} and not s.deleted and jsonb_exists(w.user_acl, s.id::text))`;
}

async function organizationOf(ctx: Context, db: Db, text: string): Promise<string> {
  try {
    return (await getOrganization(ctx, db, text)).id;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "not_found") throw error;
    throw refuseQuery(
      "organization",
      `Query param "organization" has invalid value: organization "${text}" either does not exist, or you are unauthorized to view it`,
    );
  }
}

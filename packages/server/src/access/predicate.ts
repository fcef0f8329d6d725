import { sql, type RawBuilder } from "kysely";
import type { Vote } from "./permission.ts";
import type { Action } from "./catalogue.ts";
import type { GrantedList } from "./granted.ts";
import type { Reach } from "./reach.ts";

/** The columns of a list that say what `ResourceObject` says of one thing; what it has not is left out. */
export interface ObjectColumns {
  readonly id: RawBuilder<unknown>;
  readonly ownerId?: RawBuilder<unknown>;
  readonly organizationId?: RawBuilder<unknown>;
  readonly userAcl?: RawBuilder<unknown>;
  readonly groupAcl?: RawBuilder<unknown>;
}

/** The condition that holds for the rows within what was granted. Never null. */
export function toPredicate(granted: GrantedList<Action>, columns: ObjectColumns): RawBuilder<boolean> {
  return predicateOf(granted.reach, columns);
}

/** What `decide` says of one object, of a whole list. */
export function predicateOf(reach: Reach, columns: ObjectColumns): RawBuilder<boolean> {
  // Compared as texts: a key's list may name what is no UUID, which then is none of these.
  const isBound =
    reach.only === undefined ? undefined : sql`coalesce(${columns.id}::text = any(${[...reach.only]}::text[]), false)`;
  const reached = reach.site === undefined ? belowSite(reach, columns) : constant(reach.site === "allow");
  return isBound === undefined ? reached : sql<boolean>`(${isBound} and ${reached})`;
}

interface Branch {
  readonly condition: RawBuilder<unknown>;
  readonly vote: Vote;
}

/** Where nothing is taken away, one of several conditions, each of which an index may serve; else the first that speaks. */
function belowSite(reach: Reach, columns: ObjectColumns): RawBuilder<boolean> {
  const branches = [...inOrganizations(reach.organizations, columns), ...ofOwn(reach, columns)];
  const otherwise = listed(reach, columns);
  if (branches.length === 0) return otherwise;
  if (branches.every(({ vote }) => vote === "allow")) {
    return sql<boolean>`(${sql.join([...branches.map(({ condition }) => condition), otherwise], sql` or `)})`;
  }
  const cases = branches.map(({ condition, vote }) => sql`when ${condition} then ${constant(vote === "allow")}`);
  return sql<boolean>`case ${sql.join(cases, sql` `)} else ${otherwise} end`;
}

function inOrganizations(
  votes: ReadonlyMap<string, Vote | undefined>,
  columns: ObjectColumns,
  and?: RawBuilder<unknown>,
): Branch[] {
  const { organizationId } = columns;
  if (organizationId === undefined) return [];
  return (["deny", "allow"] as const).flatMap((vote) => {
    const ids = [...votes].filter(([, said]) => said === vote).map(([id]) => id);
    if (ids.length === 0) return [];
    const isThere = among(organizationId, ids);
    return [{ condition: and === undefined ? isThere : sql`(${and} and ${isThere})`, vote }];
  });
}

function ofOwn({ own }: Reach, columns: ObjectColumns): Branch[] {
  if (own === undefined || columns.ownerId === undefined) return [];
  const condition = is(columns.ownerId, own.ownerId);
  const anywhere = own.anywhere === undefined ? [] : [{ condition, vote: own.anywhere }];
  return [...inOrganizations(own.organizations, columns, condition), ...anywhere];
}

function listed({ acl }: Reach, { organizationId, userAcl, groupAcl }: ObjectColumns): RawBuilder<boolean> {
  if (acl === undefined || organizationId === undefined || acl.organizationIds.length === 0) return constant(false);
  const words = sql`${[...acl.words]}::text[]`;
  const inUsers = userAcl === undefined ? [] : [sql`coalesce(${userAcl} -> ${acl.userId}, '[]') ?| ${words}`];
  const inGroups =
    groupAcl === undefined || acl.groupIds.length === 0
      ? []
      : [
          sql`exists (select from unnest(${[...acl.groupIds]}::text[]) as held (id) where coalesce(${groupAcl} -> held.id, '[]') ?| ${words})`,
        ];
  const either = [...inUsers, ...inGroups];
  if (either.length === 0) return constant(false);
  return sql<boolean>`(${among(organizationId, acl.organizationIds)} and (${sql.join(either, sql` or `)}))`;
}

/** Not null either way, and still a comparison that an index serves. */
function is(column: RawBuilder<unknown>, id: string): RawBuilder<unknown> {
  return sql`(${column} is not null and ${column} = ${id}::uuid)`;
}

function among(column: RawBuilder<unknown>, ids: readonly string[]): RawBuilder<unknown> {
  return sql`(${column} is not null and ${column} = any(${[...ids]}::uuid[]))`;
}

function constant(value: boolean): RawBuilder<boolean> {
  return value ? sql<boolean>`true` : sql<boolean>`false`;
}

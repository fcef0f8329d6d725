import { sql } from "kysely";
import {
  allColumns,
  computed,
  defineStatement,
  sampleId,
  type Db,
  type Fragment,
  type Tx,
} from "../../ground/database/index.ts";
import { isLike, isShown, pageOf } from "../user-texts.ts";

const userColumns = allColumns("users", { except: ["password_hash"] });

const findAll = defineStatement({
  name: "identity.find_group_members",
  columns: { ...userColumns.shape, group_id: computed.uuid },
  // Everyone of an organization may be everyone there is.
  mayScan: ["users"],
  samples: [[sampleId]],
  build: (groupIds: readonly string[]) => sql`
    select ${userColumns.of("u")}, m.group_id
    from user_groups m join users u on u.id = m.user_id
    where m.group_id = any(${[...groupIds]}::uuid[]) and ${isShown}
    order by lower(u.username)`,
});

/** A user in a group. */
export type GroupMemberRow = NonNullable<typeof findAll.row>;

/** Members of the groups by username: one row for each group that somebody is in. */
export async function findGroupMembers(db: Db | Tx, groupIds: readonly string[]): Promise<GroupMemberRow[]> {
  return groupIds.length === 0 ? [] : await findAll.all(db, groupIds);
}

/** Which of a group's members. */
export interface MembersWanted {
  readonly groupId: string;
  /** Part of a username, an e-mail address or a name. */
  readonly search?: string | undefined;
  /** Those that come after this user. */
  readonly afterId?: string | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

function matching({ groupId, search, afterId }: MembersWanted): Fragment {
  const conditions: Fragment[] = [sql`m.group_id = ${groupId}`, isShown];
  if (search !== undefined && search !== "") conditions.push(isLike(search));
  if (afterId !== undefined) {
    conditions.push(sql`lower(u.username) > (select lower(a.username) from users a where a.id = ${afterId})`);
  }
  return sql`from user_groups m join users u on u.id = m.user_id where ${sql.join(conditions, sql` and `)}`;
}

const samples: MembersWanted[] = [{ groupId: sampleId }, { groupId: sampleId, search: "ada", afterId: sampleId }];

const findPage = defineStatement({
  name: "identity.find_page_of_members",
  columns: userColumns.shape,
  samples: [...samples, { groupId: sampleId, limit: 10, offset: 10 }],
  build: (wanted: MembersWanted) => sql`
    select ${userColumns.of("u")} ${matching(wanted)} order by lower(u.username) ${pageOf(wanted)}`,
});

const count = defineStatement({
  name: "identity.count_group_members",
  columns: { count: computed.number },
  samples,
  build: (wanted: MembersWanted) => sql`select count(*) as count ${matching(wanted)}`,
});

/** A page of a group's members by username. */
export async function findPageOfMembers(
  db: Db | Tx,
  wanted: MembersWanted,
): Promise<NonNullable<typeof findPage.row>[]> {
  return await findPage.all(db, wanted);
}

/** How many there are, before `limit` and `offset`. */
export async function countGroupMembers(db: Db | Tx, wanted: MembersWanted): Promise<number> {
  return (await count.first(db, wanted))?.count ?? 0;
}

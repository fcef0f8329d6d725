import { sql } from "kysely";
import {
  allColumns,
  computed,
  defineStatement,
  sampleId,
  stored,
  type Db,
  type Fragment,
  type Tx,
} from "../../ground/database/index.ts";
import { toPredicate, type GrantedList } from "../../access/index.ts";

const groupColumns = allColumns("groups");

export interface GroupFilter {
  /** Those within reach alone; undefined: all, for whoever has looked already. */
  readonly visible?: GrantedList<"group:read"> | undefined;
  readonly organizationId?: string | undefined;
  /** In any letter case. */
  readonly name?: string | undefined;
  readonly ids?: readonly string[] | undefined;
  /** With this user in them. */
  readonly memberId?: string | undefined;
}

/** Without any of these it is all of them, which an owner may ask for. */
const samples: readonly GroupFilter[] = [
  { organizationId: sampleId, name: "developers" },
  { ids: [sampleId] },
  { memberId: sampleId },
];

const find = defineStatement({
  name: "identity.find_groups",
  columns: {
    ...groupColumns.shape,
    organization_name: stored("organizations.name"),
    organization_display_name: stored("organizations.display_name"),
    member_count: computed.number,
  },
  samples,
  build({ visible, organizationId, name, ids, memberId }: GroupFilter): Fragment {
    const conditions: Fragment[] = [sql`true`];
    if (visible !== undefined) {
      conditions.push(toPredicate(visible, { id: sql.ref("g.id"), organizationId: sql.ref("g.organization_id") }));
    }
    if (organizationId !== undefined) conditions.push(sql`g.organization_id = ${organizationId}`);
    if (name !== undefined) conditions.push(sql`lower(g.name) = lower(${name})`);
    if (ids !== undefined) conditions.push(sql`g.id = any(${[...ids]}::uuid[])`);
    if (memberId !== undefined) {
      conditions.push(sql`g.id in (select m.group_id from user_groups m where m.user_id = ${memberId})`);
    }
    return sql`
      select ${groupColumns.of("g")}, o.name as organization_name, o.display_name as organization_display_name,
        (select count(*) from user_groups m join users u on u.id = m.user_id
          where m.group_id = g.id and not u.deleted and not u.is_system) as member_count
      from groups g join organizations o on o.id = g.organization_id
      where ${sql.join(conditions, sql` and `)}
      order by lower(g.name), g.id`;
  },
});

/** A group with its organization's names and how many are in it. */
export type GroupRow = NonNullable<typeof find.row>;

/** Groups by name. */
export async function findGroups(db: Db | Tx, filter: GroupFilter): Promise<GroupRow[]> {
  return await find.all(db, filter);
}

/** Who is in an organization whose group is that of everyone. */
export function isEveryone(group: Pick<GroupRow, "id" | "organization_id">): boolean {
  return group.id === group.organization_id;
}

import { sql } from "kysely";
import type { ObjectColumns } from "./predicate.ts";
import type { ResourceObject } from "./reach.ts";

/** A row of a table whose things have access lists of their own. */
export interface ListedRow {
  readonly id: string;
  readonly organization_id: string;
  /** Where things have owners. */
  readonly owner_id?: string;
  readonly user_acl: Readonly<Record<string, readonly string[]>>;
  readonly group_acl: Readonly<Record<string, readonly string[]>>;
}

/** What permissions on the thing of a row are asked for. */
export function objectOf(row: ListedRow): ResourceObject {
  return {
    id: row.id,
    organizationId: row.organization_id,
    ownerId: row.owner_id,
    userAcl: row.user_acl,
    groupAcl: row.group_acl,
  };
}

/** The same of the rows of a statement: the columns of such a table under this alias. */
export function columnsOf(alias: string, { isOwned }: { readonly isOwned: boolean }): ObjectColumns {
  const column = (name: keyof ListedRow) => sql.ref(`${alias}.${name}`);
  return {
    id: column("id"),
    organizationId: column("organization_id"),
    ...(isOwned ? { ownerId: column("owner_id") } : {}),
    userAcl: column("user_acl"),
    groupAcl: column("group_acl"),
  };
}

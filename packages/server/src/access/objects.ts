import { sql } from "kysely";
import type { Thing } from "./granted.ts";
import type { ObjectColumns } from "./predicate.ts";

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
export function objectOf<R extends ListedRow>(row: R): ListedThing<R> {
  const { id, organization_id: organizationId, owner_id: ownerId, user_acl: userAcl, group_acl: groupAcl } = row;
  // Where the row has an owner, the text is its.
  return { id, organizationId, ownerId, userAcl, groupAcl } as ListedThing<R>;
}

type ListedThing<R extends ListedRow> = Thing & { readonly organizationId: string } & (R extends {
    readonly owner_id: string;
  }
    ? { readonly ownerId: string }
    : unknown);

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

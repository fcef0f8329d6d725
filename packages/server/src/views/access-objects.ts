import { sql, type RawBuilder } from "kysely";
import type { ListedRow } from "../access/index.ts";

/** A row of {@link accessObjects}. */
export interface AccessObjectRow {
  readonly kind: "object";
  readonly facts: ListedRow;
}

/** A query of what decides about rights on these workspaces and templates, a row each; what is gone has none. */
export function accessObjects(wanted: {
  readonly workspaceIds: readonly string[];
  readonly templateIds: readonly string[];
}): RawBuilder<AccessObjectRow> {
  return sql<AccessObjectRow>`
    select 'object' as kind, jsonb_build_object('id', id, 'owner_id', owner_id, 'organization_id', organization_id,
      'user_acl', user_acl, 'group_acl', group_acl) as facts
    from workspaces where id = any(${[...wanted.workspaceIds]}::uuid[])
    union all
    select 'object', jsonb_build_object('id', id, 'organization_id', organization_id, 'user_acl', user_acl, 'group_acl', group_acl)
    from templates where id = any(${[...wanted.templateIds]}::uuid[])`;
}

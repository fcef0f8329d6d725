import { sql } from "kysely";
import type { Granted, GrantedList, Thing } from "../access/index.ts";
import { defineStatement, notNull, sampleId, stored, type Db, type Fragment } from "../ground/database/index.ts";
import { visible } from "./list-workspaces.ts";

interface Wanted {
  /** What the caller may see of `workspaces w`. */
  readonly seen: Fragment;
  readonly userId: string;
  readonly templateId: string;
}

/** Index: workspace_builds_initiator_id_idx. */
const find = defineStatement({
  name: "workspaces.find_autofill",
  columns: {
    name: stored("workspace_build_parameters.name"),
    value: notNull(stored("workspace_build_parameters.value")),
  },
  samples: [{ seen: sql`true`, userId: sampleId, templateId: sampleId }],
  build: ({ seen, userId, templateId }: Wanted) => sql`
    select distinct on (p.name) p.name, p.value
    from workspace_build_parameters p
    join workspace_builds b on b.id = p.build_id
    join workspaces w on w.id = b.workspace_id
    join template_versions v on v.id = b.template_version_id
    join template_version_parameters d on d.template_version_id = v.id and d.name = p.name and not d.ephemeral and p.value is not null
    where ${seen} and b.initiator_id = ${userId} and b.transition = 'start' and v.template_id = ${templateId}
    order by p.name, b.created_at desc`,
});

/** What a user gave last for each parameter of a template, in the workspaces within reach. */
export async function findAutofill(
  db: Db,
  granted: Granted<"user:read_personal", Thing>,
  workspaces: GrantedList<"workspace:read">,
  templateId: string,
): Promise<{ name: string; value: string }[]> {
  return await find.all(db, { seen: visible(workspaces), userId: granted.object.id, templateId });
}

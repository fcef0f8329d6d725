import { sql } from "kysely";
import type { Granted, GrantedList, Thing } from "../access/index.ts";
import type { Db } from "../ground/database/index.ts";
import { visible } from "./list-workspaces.ts";

/** What a user gave last for each parameter of a template, in the workspaces within reach. */
export async function findAutofill(
  db: Db,
  granted: Granted<"user:read_personal", Thing>,
  workspaces: GrantedList<"workspace:read">,
  templateId: string,
): Promise<{ name: string; value: string }[]> {
  const { rows } = await sql<{ name: string; value: string }>`
    select distinct on (p.name) p.name, p.value
    from workspace_build_parameters p
    join workspace_builds b on b.id = p.build_id
    join workspaces w on w.id = b.workspace_id
    join template_versions v on v.id = b.template_version_id
    join template_version_parameters d on d.template_version_id = v.id and d.name = p.name and not d.ephemeral
    where ${visible(workspaces)} and b.initiator_id = ${granted.object.id} and b.transition = 'start' and v.template_id = ${templateId}
    order by p.name, b.created_at desc`.execute(db);
  return rows;
}

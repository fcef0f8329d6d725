import { defineQuery, sampleId, type Db, type Tx } from "../ground/database/index.ts";

type Whose = { readonly ownerId: string } | { readonly templateId: string };

const find = defineQuery({
  name: "views.workspaces_of",
  samples: [{ ownerId: sampleId }, { templateId: sampleId }],
  build: (db, whose: Whose) =>
    db
      .selectFrom("workspaces")
      .select("id")
      .where((eb) =>
        "ownerId" in whose ? eb("owner_id", "=", whose.ownerId) : eb("template_id", "=", whose.templateId),
      )
      .where((eb) => eb.not("deleted"))
      .limit(1),
});

/** Whether a workspace is there of this user or template, which therefore cannot be deleted. */
export async function hasWorkspaces(db: Db | Tx, whose: Whose): Promise<boolean> {
  return (await find(db, whose).executeTakeFirst()) !== undefined;
}

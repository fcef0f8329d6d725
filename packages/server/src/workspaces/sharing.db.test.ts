import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { contextOfSystem } from "../access/testing/index.ts";
import { transaction } from "../ground/database/index.ts";
import { BuildingWorld, refusalOf, someoneWaitsForALock } from "../testing/index.ts";
import { authorizeWorkspace } from "./access.ts";
import { shareWorkspace } from "./sharing.ts";
import { findWorkspace } from "./store.ts";

test("a workspace is shared with nobody who is leaving its organization, nor with a group that is being deleted", async () => {
  await using scene = await BuildingWorld.create();
  const { db, organizationId, ada } = scene;
  const { id } = await scene.createWorkspace(ada, await scene.createTemplate(), "shared");
  const { id: leaver } = await scene.createUser("leaver");
  const group = randomUUID();
  const now = new Date(0);
  await db
    .insertInto("groups")
    .values({ id: group, organization_id: organizationId, name: "crew", created_at: now, updated_at: now })
    .execute();
  const read = async () => await findWorkspace(db, id);
  const workspace = await read();
  if (workspace === undefined) throw new Error("no workspace");
  const granted = authorizeWorkspace(ada.ctx, "workspace:share", workspace);

  for (const [field, whom] of [
    ["user_roles", leaver],
    ["group_roles", group],
  ] as const) {
    let sharing: ReturnType<typeof refusalOf> | undefined;
    await transaction(contextOfSystem("setup"), db, { name: "test_leave" }, async (tx) => {
      await (
        field === "user_roles"
          ? tx.deleteFrom("organization_members").where("user_id", "=", whom)
          : tx.deleteFrom("groups").where("id", "=", whom)
      ).execute();
      sharing = refusalOf(shareWorkspace(ada.ctx, scene, granted, { [field]: { [whom]: "use" } }));
      await Promise.race([someoneWaitsForALock(db), sharing.catch(() => undefined)]);
    });
    await expect(sharing).resolves.toMatchObject({ code: "validation_failed", fields: [field] });
  }
  await expect(read()).resolves.toMatchObject({ user_acl: {}, group_acl: {} });
});

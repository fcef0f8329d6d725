import { expect, test } from "vitest";
import { contextOfSystem, grantFor } from "../access/testing/index.ts";
import { transaction } from "../ground/database/index.ts";
import { BuildingWorld, refusalOf, someoneWaitsForALock } from "../testing/index.ts";
import { shareTemplate } from "./sharing.ts";
import { findTemplate } from "./store.ts";

test("a template is given to nobody who is leaving its organization", async () => {
  await using scene = await BuildingWorld.create();
  const { db, organizationId, admin } = scene;
  const { id } = await scene.createTemplate();
  const { id: leaver } = await scene.createUser("leaver");
  const granted = grantFor("template:update", { id, organizationId });
  let sharing: ReturnType<typeof refusalOf> | undefined;

  await transaction(contextOfSystem("setup"), db, { name: "test_leave" }, async (tx) => {
    await tx.deleteFrom("organization_members").where("user_id", "=", leaver).execute();
    sharing = refusalOf(shareTemplate(admin.ctx, scene, granted, { user_perms: { [leaver]: "use" } }));
    await Promise.race([someoneWaitsForALock(db), sharing.catch(() => undefined)]);
  });

  await expect(sharing).resolves.toMatchObject({ code: "validation_failed", fields: ["user_perms"] });
  await expect(findTemplate(db, id)).resolves.toMatchObject({ user_acl: {} });
});

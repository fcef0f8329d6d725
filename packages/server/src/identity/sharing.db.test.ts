import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contextOfSystem, grantFor, ownerContext } from "../access/testing/index.ts";
import { transaction } from "../ground/database/index.ts";
import { BuildingWorld, someoneWaitsForALock } from "../testing/index.ts";
import { createGroup, deleteGroup } from "./groups/edit-groups.ts";
import { findGroups } from "./groups/find-groups.ts";
import { removeMember } from "./members.ts";
import { refuseStrangers } from "./sharing.ts";
import { deleteUser } from "./users.ts";

let scene: BuildingWorld;
let names = 0;
beforeAll(async () => {
  scene = await BuildingWorld.create();
});
afterAll(() => scene[Symbol.asyncDispose]());

const ctx = ownerContext();
const newMember = async () => (await scene.createUser(`member${++names}`)).id;
const newGroup = async () =>
  await createGroup(scene, grantFor("group:create", { organizationId: scene.organizationId }), {
    name: `group${++names}`,
  });
const organizationId = () => scene.organizationId;

/** A model for chats. */
async function newModel(): Promise<string> {
  const id = randomUUID();
  const times = { created_at: new Date(0), updated_at: new Date(0) };
  const provider = {
    type: "openai",
    name: `provider${++names}`,
    display_name: "",
    enabled: true,
    base_url: "",
  } as const;
  await scene.db
    .insertInto("ai_providers")
    .values({ id, settings: "null", ...provider, ...times })
    .execute();
  const model = { model: "m", display_name: "", enabled: true, is_default: false, context_limit: 1 };
  await scene.db
    .insertInto("chat_model_configs")
    .values({
      id,
      organization_id: scene.organizationId,
      ai_provider_id: id,
      compression_threshold: 70,
      ...model,
      ...times,
    })
    .execute();
  return id;
}

test.for<
  [what: string, list: "user_acl" | "group_acl", make: () => Promise<string>, leave: (id: string) => Promise<void>]
>([
  [
    "is taken out of the organization",
    "user_acl",
    newMember,
    (id) => removeMember(ctx, scene, grantFor("organization_member:delete", { id, organizationId: organizationId() })),
  ],
  ["is deleted", "user_acl", newMember, (id) => deleteUser(ctx, scene.db, grantFor("user:delete", { id }), 0)],
  [
    "is deleted, being a group,",
    "group_acl",
    newGroup,
    async (id) => {
      const [group] = await findGroups(scene.db, { ids: [id] });
      if (group === undefined) throw new Error("no group");
      await deleteGroup(ctx, scene, grantFor("group:delete", { id, organizationId: organizationId() }), group);
    },
  ],
])("who %s while something is shared with them is not on its list", async ([, list, make, leave]) => {
  const { db } = scene;
  const id = await make();
  const template = await scene.createTemplate();
  const workspace = await scene.createWorkspace(scene.ada, template, `w${++names}`);
  const modelId = await newModel();
  const shares = {
    users: { field: "users", roles: list === "user_acl" ? { [id]: "use" as const } : {} },
    groups: { field: "groups", roles: list === "group_acl" ? { [id]: "use" as const } : {} },
  };
  let leaving: Promise<void> | undefined;

  await transaction(contextOfSystem("setup"), db, { name: "test_share" }, async (tx) => {
    await refuseStrangers(tx, scene.organizationId, shares);
    leaving = leave(id);
    await Promise.race([someoneWaitsForALock(db), leaving]);
    for (const [table, thing] of [
      ["templates", template.id],
      ["workspaces", workspace.id],
      ["chat_model_configs", modelId],
    ] as const) {
      await tx
        .updateTable(table)
        .set({ [list]: JSON.stringify({ [id]: ["use"] }) })
        .where("id", "=", thing)
        .execute();
    }
  });
  await leaving;

  for (const [table, thing] of [
    ["templates", template.id],
    ["workspaces", workspace.id],
    ["chat_model_configs", modelId],
  ] as const) {
    const row = await db.selectFrom(table).select(list).where("id", "=", thing).executeTakeFirstOrThrow();
    expect(row).toEqual({ [list]: {} });
  }
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createContext } from "../access/index.ts";
import { createWorkspace } from "./create-workspace.ts";
import { findWorkspace } from "./store.ts";
import { BuildingWorld, refusalOf, type TemplateFixture, type User } from "../testing/index.ts";

let scene: BuildingWorld;
let template: TemplateFixture;
let names = 0;
const nowhere = "11111111-2222-4333-8444-555555555555";

beforeAll(async () => {
  scene = await BuildingWorld.create();
  template = await scene.createTemplate({ name: "plain" });
});

afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

type Request = Parameters<typeof createWorkspace>[3];

async function create(
  request: Partial<Request> = {},
  { by = scene.ada, owner = by }: { by?: User; owner?: User } = {},
) {
  const body = { template_id: template.id, name: `w${++names}`, ...request };
  return (await createWorkspace(by.ctx, scene.deps(), owner, body)).workspace;
}

describe("what is refused", () => {
  test.for<[string, Partial<Request>, number, string[]]>([
    ["a name that is none", { name: "bad_name" }, 400, ["name"]],
    ["a reserved name", { name: "new" }, 400, ["name"]],
    ["a schedule that is none", { autostart_schedule: "nonsense" }, 400, ["schedule"]],
    ["a time to autostop below a minute", { ttl_ms: 1 }, 400, ["ttl_ms"]],
    ["a time to autostop above 30 days", { ttl_ms: 34_560_000_000 }, 400, ["ttl_ms"]],
    ["an unknown preset", { template_version_preset_id: nowhere }, 400, ["template_version_preset_id"]],
  ])("%s", async ([, request, status, fields]) => {
    expect(await refusalOf(create(request))).toMatchObject({ status, fields });
  });

  test.for<[string, Partial<Request>, string, string]>([
    ["template", { template_id: nowhere }, `Template "${nowhere}" doesn't exist.`, "template_id"],
    [
      "version",
      { template_id: undefined, template_version_id: nowhere },
      `Template version "${nowhere}" doesn't exist.`,
      "template_version_id",
    ],
  ])("an unknown %s, by its id", async ([, request, message, field]) => {
    expect(await refusalOf(create(request))).toMatchObject({ status: 400, message, fields: [field] });
  });

  test("[builds 7] a deprecated template, with its reason", async () => {
    const detail = "use the other one";
    const old = await scene.createTemplate({ settings: { deprecated: detail } });

    await expect(create({ template_id: old.id })).rejects.toMatchObject({
      status: 400,
      detail,
      validations: [{ field: "template_id", detail }],
    });
  });

  test("a template that one sees and may not use", async () => {
    const shown = await scene.createTemplate({ settings: { group_acl: {}, user_acl: { [scene.ada.id]: ["read"] } } });

    expect(await refusalOf(create({ template_id: shown.id }))).toMatchObject({
      status: 403,
      message: expect.stringContaining("may not use the template") as string,
    });
  });

  test("an older version of a template that requires its active one, but of whoever changes it", async () => {
    const strict = await scene.createTemplate({ settings: { require_active_version: true } });
    const current = await scene.addVersion(strict.id, { isActive: true });
    const of = ({ versionId }: TemplateFixture) => ({ template_id: undefined, template_version_id: versionId });

    expect(await refusalOf(create(of(strict)))).toMatchObject({
      status: 403,
      message: expect.stringContaining("requires its active version") as string,
    });
    expect(await create(of(current))).toMatchObject({ template_id: strict.id });
    expect(await create(of(strict), { by: scene.admin })).toMatchObject({ template_id: strict.id });
  });

  test("a deleted template", async () => {
    const gone = await scene.createTemplate({ settings: { deleted: true } });

    expect(await refusalOf(create({ template_id: gone.id }))).toMatchObject({ status: 404 });
  });

  test("an archived version", async () => {
    const old = await scene.createTemplate();
    await scene.db.updateTable("template_versions").set({ archived: true }).where("id", "=", old.versionId).execute();

    expect(await refusalOf(create({ template_id: undefined, template_version_id: old.versionId }))).toMatchObject({
      status: 400,
      fields: ["template_version_id"],
    });
  });

  test("a template of another organization than the path's", async () => {
    const request = { template_id: template.id, name: "elsewhere" };

    const createIn = (organizationId: string) =>
      createWorkspace(scene.ada.ctx, scene.deps(), scene.ada, request, { organizationId });

    expect(await refusalOf(createIn(nowhere))).toMatchObject({ status: 404 });
    expect(await createIn(scene.organizationId)).toMatchObject({ workspace: { name: "elsewhere" } });
  });

  test("a workspace for somebody else", async () => {
    expect(await refusalOf(create({}, { owner: scene.admin }))).toMatchObject({ status: 403 });
  });

  test("a template of an organization that is not the user's: it looks unknown", async () => {
    const { actor } = scene.ada.ctx;
    if (actor.kind !== "user") throw new Error("expected a user");
    const outsider: User = {
      ...scene.ada,
      ctx: createContext({ ...actor, organizationRoles: new Map() }, scene.ada.ctx.log, scene.ada.ctx.signal),
    };

    expect(await refusalOf(create({}, { by: outsider }))).toMatchObject({ status: 400, fields: ["template_id"] });
  });

  test.for([["template:read", "workspace:read"], ["workspace:read"]])(
    "what the token's scopes do not reach looks absent: %s",
    async (scopes) => {
      const { actor } = scene.ada.ctx;
      if (actor.kind !== "user") throw new Error("expected a user");
      const reader: User = {
        ...scene.ada,
        ctx: createContext({ ...actor, scopes }, scene.ada.ctx.log, scene.ada.ctx.signal),
      };

      expect(await refusalOf(create({}, { by: reader }))).toMatchObject({ status: 404 });
    },
  );

  test("[builds 12] a build without a value that it needs, and then nothing is left of it", async () => {
    const strict = await scene.createTemplate({
      parameters: [
        { name: "needed", required: true },
        { name: "count", type: "number", defaultValue: "x" },
      ],
    });

    expect(await refusalOf(create({ template_id: strict.id, name: "half" }))).toMatchObject({
      status: 400,
      fields: ["needed", "count"],
    });
    const rows = await scene.db.selectFrom("workspaces").select("id").where("name", "=", "half").execute();
    expect(rows).toEqual([]);
  });
});

test("an older version serves where the template does not require its active one", async () => {
  const lax = await scene.createTemplate();
  await scene.addVersion(lax.id, { isActive: true });

  expect(await create({ template_id: undefined, template_version_id: lax.versionId })).toMatchObject({
    latest_build: { template_version_id: lax.versionId },
  });
});

test("an owner creates for others, who then own it; the initiator is the owner", async () => {
  const workspace = await create({}, { by: scene.admin, owner: scene.ada });

  expect(workspace).toMatchObject({
    owner_name: "ada",
    latest_build: { initiator_name: "admin", workspace_owner_name: "ada" },
  });
});

test("[builds 8, 9] a name is unique among the owner's workspaces, in any letter case, until its workspace is deleted", async () => {
  const first = await create({ name: "Dev" });

  expect(await refusalOf(create({ name: "dev" }))).toMatchObject({
    status: 409,
    code: "workspace_name_taken",
    fields: ["name"],
  });
  expect(await create({ name: "dev" }, { by: scene.admin })).toMatchObject({ name: "dev" });
  await scene.db.updateTable("workspaces").set({ deleted: true }).where("id", "=", first.id).execute();
  expect(await create({ name: "dev" })).toMatchObject({ name: "dev" });
});

test("of two requests for one name at once exactly one is taken", async () => {
  const answers = await Promise.allSettled(Array.from({ length: 5 }, () => create({ name: "race" })));

  expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  const refused = answers.flatMap((answer) =>
    answer.status === "rejected" ? [answer.reason as { code: string }] : [],
  );
  expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(["workspace_name_taken"]));
});

test("the template's time to autostop counts unless another is asked for; 0 is none", async () => {
  const hour = 3_600_000;
  const timed = await scene.createTemplate({ settings: { default_ttl: 4 * hour * 1_000_000 } });

  const made = await Promise.all([undefined, 2 * hour, 0].map((ttl_ms) => create({ template_id: timed.id, ttl_ms })));

  expect(made.map(({ ttl_ms }) => ttl_ms)).toEqual([4 * hour, 2 * hour, undefined]);
});

test("where the template decides, users do not", async () => {
  const strict = await scene.createTemplate({
    settings: { allow_user_autostop: false, allow_user_autostart: false, default_ttl: 3_600_000_000_000 },
  });

  expect(await create({ template_id: strict.id, ttl_ms: 120_000 })).toMatchObject({ ttl_ms: 3_600_000 });
  expect(await refusalOf(create({ template_id: strict.id, autostart_schedule: "0 9 * * *" }))).toMatchObject({
    status: 400,
    fields: ["schedule"],
  });
});

test("a schedule gives the next start, on a day that the template allows", async () => {
  const weekdays = await scene.createTemplate({ settings: { autostart_block_days_of_week: 0b1100000 } });

  const workspace = await create({ template_id: weekdays.id, autostart_schedule: "CRON_TZ=UTC 0 9 * * *" });

  const next = new Date(workspace.next_start_at ?? 0);
  expect([next.getUTCHours(), [1, 2, 3, 4, 5].includes(next.getUTCDay())]).toEqual([9, true]);
});

test("[builds 20, 21] a preset is recorded when it was named, and when the values equal it", async () => {
  const presets = [{ name: "small", parameters: { size: "L" } }];
  const sized = await scene.createTemplate({ parameters: [{ name: "size", defaultValue: "S" }], presets });
  const small = sized.presets["small"];
  const values = (size: string) => [{ name: "size", value: size }];

  const named = await create({
    template_id: sized.id,
    template_version_preset_id: small,
    rich_parameter_values: values("S"),
  });
  const equal = await create({ template_id: sized.id, rich_parameter_values: values("L") });
  const other = await create({ template_id: sized.id });

  expect([named, equal, other].map(({ latest_build }) => latest_build.template_version_preset_id)).toEqual([
    small,
    small,
    null,
  ]);
  const stored = await scene.db
    .selectFrom("workspace_build_parameters")
    .select("value")
    .where("build_id", "=", named.latest_build.id)
    .execute();
  expect(stored).toEqual([{ value: "L" }]);
});

test("each workspace has a host key of its own", async () => {
  const made = [await create(), await create()];

  const seeds = await scene.db
    .selectFrom("workspaces")
    .select("host_key_seed")
    .where(
      "id",
      "in",
      made.map(({ id }) => id),
    )
    .execute();
  expect(new Set(seeds.map(({ host_key_seed }) => host_key_seed.toString("hex"))).size).toBe(2);
  expect(await findWorkspace(scene.db, made[0]?.id ?? "")).toMatchObject({ claim_count: 0, claimed_at: null });
});

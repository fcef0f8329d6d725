import { readFileSync } from "node:fs";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { QueryInt, ApiError } from "@hearth/sdk";
import { authorizeList, createContext } from "../access/index.ts";
import { listWorkspaceIds } from "./list-workspaces.ts";
import { workspaceStatus } from "./status.ts";
import { findWorkspace } from "./store.ts";
import { BuildingWorld, type User } from "../testing/index.ts";
import { parseWorkspaceQuery } from "./workspace-query.ts";

interface Recorded {
  readonly note: string;
  readonly path: string;
  readonly status: number;
  readonly response: { count: number; names?: string[]; length?: number; validations?: { field: string }[] };
}

const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, "fixtures/workspace-filters.json"), "utf8"),
) as Recorded[];

let scene: BuildingWorld;

/** What the recording was asked of: four running workspaces, two of them with connected agents. */
beforeAll(async () => {
  scene = await BuildingWorld.create();
  const replica = randomUUID();
  const now = new Date(scene.clock.now());
  await scene.db
    .insertInto("replicas")
    .values({
      id: replica,
      hostname: "here",
      version: "test",
      started_at: now,
      renewed_at: now,
      expires_at: new Date(now.getTime() + 600_000),
    })
    .execute();
  const local = await scene.createTemplate({ name: "local", parameters: [{ name: "region", defaultValue: "eu" }] });
  const other = await scene.createTemplate({ name: "dyn2" });
  for (const name of ["d5", "chat-ws", "dev", "d1"]) {
    const isLocal = ["dev", "chat-ws"].includes(name);
    const { id } = await scene.createWorkspace(scene.admin, isLocal ? local : other, name);
    await scene.work(isLocal ? {} : { resources: [] });
    await scene.db
      .updateTable("workspace_agents")
      .set({ first_connected_at: now, last_connected_at: now, session_replica_id: replica })
      .where("workspace_id", "=", id)
      .execute();
    if (name === "dev")
      await scene.db.insertInto("workspace_favorites").values({ user_id: scene.admin.id, workspace_id: id }).execute();
  }
  await scene.db.updateTable("organizations").set({ name: "coder" }).execute();
});

afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

async function list(
  user: User,
  q: string,
  page: { limit?: number; offset?: number } = {},
): Promise<{ count: number; names: string[] }> {
  const { ids, count } = await listWorkspaceIds(
    user.ctx,
    scene.db,
    authorizeList(user.ctx, "workspace:read"),
    parseWorkspaceQuery(q),
    page,
    scene.clock.now(),
  );
  const rows = await Promise.all(ids.map((id) => findWorkspace(scene.db, id)));
  return { count, names: rows.map((row) => `admin/${row?.name}`) };
}

test.for(recorded.map((step) => [step.note, step] as const))("as recorded: %s", async ([, step]) => {
  const query = new URL(step.path, "http://localhost").searchParams;
  const page = {
    limit: QueryInt.safeParse(query.get("limit") ?? "0"),
    offset: QueryInt.safeParse(query.get("offset") ?? "0"),
  };
  if (!page.limit.success || !page.offset.success) {
    expect(step.status).toBe(400);
    return;
  }

  const asked = list(scene.admin, query.get("q") ?? "", { limit: page.limit.data, offset: page.offset.data });

  if (step.status === 400) {
    const fields = step.response.validations?.map(({ field }) => field);
    await expect(asked).rejects.toThrow(ApiError);
    await expect(asked).rejects.toMatchObject({ status: 400, validations: fields?.map((field) => ({ field })) });
    return;
  }
  const { count, names } = await asked;
  expect(count).toBe(step.response.count);
  if (step.response.names !== undefined) expect(names).toEqual(step.response.names);
  else expect(names).toHaveLength(step.response.length ?? 0);
});

test("others see nothing of it, the organization's admins everything", async () => {
  const bob = await scene.createUser("bob");
  const { actor } = bob.ctx;
  if (actor.kind !== "user") throw new Error("expected a user");
  const organizationRoles = new Map([[scene.organizationId, ["organization-member", "organization-admin"]]]);
  const lead: User = { ...bob, ctx: createContext({ ...actor, organizationRoles }, bob.ctx.log, bob.ctx.signal) };

  expect(await list(bob, "")).toEqual({ count: 0, names: [] });
  expect((await list(lead, "")).count).toBe(4);
  expect((await list(lead, "")).names[0]).toBe("admin/chat-ws");
});

test("pages follow each other without gaps", async () => {
  const whole = (await list(scene.admin, "")).names;
  const pages = await Promise.all([0, 1, 2, 3, 4].map((offset) => list(scene.admin, "", { limit: 1, offset })));

  expect(pages.flatMap(({ names }) => names)).toEqual(whole);
  expect(pages.map(({ count }) => count)).toEqual([4, 4, 4, 4, 4]);
});

test("what does not run comes after what runs", async () => {
  const { id } = await scene.createWorkspace(scene.ada, await scene.createTemplate(), "aaa");

  expect((await list(scene.admin, "")).names.at(-1)).toBe("admin/aaa");
  expect(await list(scene.ada, "owner:me status:pending")).toEqual({ count: 1, names: ["admin/aaa"] });
  await scene.db.updateTable("workspaces").set({ deleted: true }).where("id", "=", id).execute();
  expect((await list(scene.ada, "")).count).toBe(0);
});

test("the database and the code agree on what a workspace is", async () => {
  const jobs = ["pending", "running", "canceling", "canceled", "succeeded", "failed"] as const;
  const pairs = jobs.flatMap((job) =>
    (["start", "stop", "delete"] as const).map((transition) => ({ job, transition })),
  );

  const { rows } = await sql<{ status: string }>`
    select workspace_status(p.job, p.transition) as status
    from rows from (jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) as (job text, transition text))
      with ordinality as p (job, transition, place) order by p.place`.execute(scene.db);

  expect(rows.map(({ status }) => status)).toEqual(
    pairs.map(({ job, transition }) => workspaceStatus(job, transition)),
  );
});

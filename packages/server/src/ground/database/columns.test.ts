import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from "kysely";
import { expect, expectTypeOf, test } from "vitest";
import type { WorkspaceAgentLifecycle } from "@hearth/sdk";
import { allColumns, someColumns, type CamelJsonRowOf, type JsonRowOf, type RowOf } from "./columns.ts";
import { tableColumns } from "./tables.ts";

const db = new Kysely({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (of) => new PostgresIntrospector(of),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});
const textOf = (part: ReturnType<typeof sql>) => sql`${part}`.compile(db).sql;

test("all columns are those of the table, and each that is left out is named", () => {
  const names = allColumns("workspaces", { except: ["host_key_seed", "user_acl"] }).names;

  expect([...names, "host_key_seed", "user_acl"].toSorted()).toEqual([...tableColumns.workspaces].toSorted());
  expect(allColumns("replicas").names).toEqual(tableColumns.replicas);
});

test("a column is selected under its name, and as a key of JSON", () => {
  const columns = someColumns("workspace_apps", ["id", "display_name"]);

  expect(textOf(columns.of("x"))).toBe('"x"."id", "x"."display_name"');
  expect(textOf(columns.json("x"))).toBe(`'id', "x"."id", 'display_name', "x"."display_name"`);
  expect(textOf(columns.camelJson("x"))).toBe(`'id', "x"."id", 'displayName', "x"."display_name"`);
});

test("the row has the columns of the list and no other, with their types", () => {
  const listed = someColumns("workspace_agents", ["id", "lifecycle_state", "created_at", "ready_at"]);
  const most = allColumns("workspace_favorites", { except: ["user_id"] });

  expectTypeOf<RowOf<typeof most>>().toEqualTypeOf<{ workspace_id: string }>();
  expectTypeOf<RowOf<typeof listed>["created_at"]>().toEqualTypeOf<Date>();
  expectTypeOf<RowOf<typeof listed>["lifecycle_state"]>().toEqualTypeOf<WorkspaceAgentLifecycle>();
  expectTypeOf<JsonRowOf<typeof listed>["ready_at"]>().toEqualTypeOf<string | null>();
  expectTypeOf<keyof CamelJsonRowOf<typeof listed>>().toEqualTypeOf<
    "id" | "lifecycleState" | "createdAt" | "readyAt"
  >();
  // @ts-expect-error -- no such column
  someColumns("workspaces", ["nme"]);
  // @ts-expect-error -- nothing to leave out
  allColumns("workspaces", { except: ["nme"] });
});

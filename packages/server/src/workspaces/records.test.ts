import { expect, test } from "vitest";
import { tableColumns } from "../ground/database/index.ts";
import { buildColumns, jobColumns, workspaceColumns } from "./records.ts";

const leftOut = new Set<string>(["host_key_seed", "user_acl", "group_acl"]);

test.for([
  ["workspaces", "w", workspaceColumns, tableColumns.workspaces.filter((name) => !leftOut.has(name))],
  ["builds", "b", buildColumns, tableColumns.workspace_builds],
  ["jobs", "j", jobColumns, tableColumns.provisioner_jobs],
] as const)("rows of %s have every column that their table has", ([, alias, { pick }, names]) => {
  const joined = Object.fromEntries(names.map((name) => [`${alias}_${name}`, name]));

  expect(pick(joined)).toEqual(Object.fromEntries(names.map((name) => [name, name])));
});

import { zeroUuid, type WorkspaceBuild, type WorkspaceEvent } from "@hearth/sdk";
import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { isTouched, touchedBy } from "./touched.ts";
import { me } from "./session.ts";
import { poolList, templateList } from "./templates.ts";
import { buildList, buildTimings, workspaceByName, workspaceList } from "./workspaces.ts";

const here = "11111111-1111-4111-8111-111111111111";
const elsewhere = "22222222-2222-4222-8222-222222222222";

/** The operations whose queries the events touch, of one of each kind, all about the workspace `here`. */
function touchedOperations(...events: WorkspaceEvent[]): unknown[] {
  const client = new QueryClient();
  // Only the ids are looked at.
  const build = { id: elsewhere, workspace_id: here } as WorkspaceBuild;
  const page = workspaceByName("alice", "dev");
  for (const { queryKey, meta } of [
    me,
    templateList,
    poolList(elsewhere),
    workspaceList({ filter: "owner:me" }),
    page,
    buildList(here),
    buildTimings(build),
  ]) {
    client.getQueryCache().build(client, { queryKey, ...(meta && { meta }) });
  }
  client.setQueryData(page.queryKey, { id: here } as never);
  const touched = touchedBy(events);
  return client
    .getQueryCache()
    .getAll()
    .filter((query) => isTouched(query, touched))
    .map((query) => query.queryKey[0]);
}

test("an event of a workspace touches lists, pools and what is about it", () => {
  expect(touchedOperations({ kind: "state_change", workspace_id: here })).toEqual([
    "list_pools",
    "list_workspaces",
    "get_workspace_by_name",
    "list_builds",
    "get_build_timings",
  ]);
});

test("an event of another workspace touches lists and pools only", () => {
  expect(touchedOperations({ kind: "state_change", workspace_id: elsewhere })).toEqual([
    "list_pools",
    "list_workspaces",
  ]);
});

test("a resync touches everything", () => {
  expect(touchedOperations({ kind: "resync", workspace_id: zeroUuid })).toHaveLength(7);
});

test("no event touches nothing", () => {
  expect(touchedOperations()).toEqual([]);
});

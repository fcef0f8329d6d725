import { sql } from "kysely";
import type { Clock } from "@hearth/base";
import type { Context, Granted, Thing } from "../access/index.ts";
import {
  defineStatement,
  sampleBytes,
  sampleId,
  stored,
  transaction,
  type Db,
  type Tx,
} from "../ground/database/index.ts";
import type { BuildWithWorkspace } from "./access.ts";

// What engines remember between builds. A build without a row of its own has what the last build before it left: nothing
// is copied when a build is made, and a build that failed before it changed anything leaves what was there.

const find = defineStatement({
  name: "workspaces.find_build_state",
  columns: { state: stored("workspace_build_states.state") },
  samples: [{ build: { workspaceId: sampleId, number: 1 } }],
  build: ({ build }: { build: { workspaceId: string; number: number } }) => sql`
    select s.state from workspace_builds b join workspace_build_states s on s.build_id = b.id
    where b.workspace_id = ${build.workspaceId} and b.build_number <= ${build.number}
    order by b.build_number desc limit 1`,
});

/** What the build begins with, or left; undefined when there is nothing. Nothing is stored as no bytes. */
export async function findBuildState(
  db: Db | Tx,
  build: { workspaceId: string; number: number },
): Promise<Uint8Array | undefined> {
  const row = await find.first(db, { build });
  const state = row?.state;
  return state === undefined || state.length === 0 ? undefined : state;
}

/** Puts a state in the place of what the build left, or began with: the affair of its template, whose right this is. */
export async function replaceBuildState(
  ctx: Context,
  { db, clock }: { readonly db: Db; readonly clock: Clock },
  granted: Granted<"template:update", Thing>,
  { build, workspace }: Pick<BuildWithWorkspace, "build" | "workspace">,
  state: Uint8Array,
): Promise<void> {
  if (workspace.template_id !== granted.object.id) throw new Error("a right on another template");
  await transaction(ctx, db, { name: "build_state", clock }, (tx) => storeBuildState(tx, build.id, state));
}

const store = defineStatement({
  name: "workspaces.store_build_state",
  columns: {},
  samples: [{ buildId: sampleId, state: sampleBytes }],
  build: ({ buildId, state }: { buildId: string; state: Uint8Array }) => sql`
    insert into workspace_build_states (build_id, state) values (${buildId}, ${Buffer.from(state)})
    on conflict (build_id) do update set state = excluded.state`,
});

/** Keeps what the build left, in the place of what it had before. */
export async function storeBuildState(tx: Tx, buildId: string, state: Uint8Array): Promise<void> {
  await store.run(tx, { buildId, state });
}

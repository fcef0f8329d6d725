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
  type Fragment,
  type Tx,
} from "../ground/database/index.ts";
import type { SealOld } from "../ground/lifecycle/index.ts";
import { seal, unsealBytes } from "../identity/index.ts";
import type { BuildGrant, BuildWithWorkspace } from "./access.ts";

// What engines remember between builds. A build without rows of its own has what the last build before it left: nothing
// is copied when a build is made, and a build that failed before it changed anything leaves what was there.
//
// It may hold what a provider was told in confidence, so it is sealed, each piece for its place in its build: one that was
// moved, or left out, does not open.

/** What one build may have, of what people give and engines hand back. What is there all the same is kept. */
export const maxStateBytes = 32 * 1024 * 1024;
const pieceBytes = 1024 * 1024;

/** Who queues or ends a build stores its state; a person puts another there by the template's right. */
type StateGrant = BuildGrant | Granted<"workspace:update" | "template:update">;

/** A state as it is stored: at least one piece. */
export type SealedState = readonly [Buffer, ...Buffer[]];

/** Nothing is there any more: an orphan's. */
const noState: SealedState = [Buffer.alloc(0)];

/** What is wrong with a state that an engine hands back, and what to do; a sentence or two. */
export function faultOfState(state: Uint8Array): string | undefined {
  if (state.length <= maxStateBytes) return undefined;
  const mebibytes = (bytes: number) => Math.ceil(bytes / 1024 / 1024);
  return `The engine's state has ${mebibytes(state.length)} MiB, more than the ${mebibytes(maxStateBytes)} MiB that a workspace may have. It is kept, and so is what was made: have the template make less, or split it.`;
}

/** Whatever its size: to lose what is known of infrastructure that stands is worse than a large row. */
export function sealState(key: Buffer, buildId: string, state: Uint8Array): SealedState {
  const count = Math.ceil(state.length / pieceBytes);
  if (count === 0) return noState;
  const piece = (at: number) =>
    seal(key, state.subarray(at * pieceBytes, (at + 1) * pieceBytes), placeOf(buildId, at, count));
  return [piece(0), ...Array.from({ length: count - 1 }, (_, index) => piece(index + 1))];
}

function openState(key: Buffer, buildId: string, pieces: readonly Buffer[]): Uint8Array | undefined {
  if (pieces.length === 1 && pieces[0]?.length === 0) return undefined;
  return Buffer.concat(pieces.map((piece, at) => unsealBytes(key, piece, placeOf(buildId, at, pieces.length))));
}

function placeOf(buildId: string, at: number, count: number): string {
  return `state of build ${buildId}, ${at + 1}/${count}`;
}

/**
 * A text that stores the first piece in the place of what was there; {@link storeRest} does the others. Of a build that
 * others see, a statement before it has locked the row.
 */
export function firstPiece(buildId: string, [first]: SealedState): Fragment {
  return sql`
    insert into workspace_build_states (build_id, position, sealed) values (${buildId}, 0, ${first}::bytea)
    on conflict (build_id, position) do update set sealed = excluded.sealed`;
}

/** A text, for a `with` beside {@link firstPiece}, that forgets the pieces of what was there but the first. */
export function dropRest(buildId: string): Fragment {
  return sql`delete from workspace_build_states where build_id = ${buildId} and position > 0`;
}

const storeFirst = defineStatement({
  name: "workspaces.store_build_state",
  columns: {},
  samples: [{ buildId: sampleId, state: [sampleBytes] }],
  build: ({ buildId, state }: { buildId: string; state: SealedState }) => sql`
    with others as (${dropRest(buildId)}) ${firstPiece(buildId, state)}`,
});

/** Keeps what the build left, in the place of what it had before. */
export async function storeBuildState(
  tx: Tx,
  _granted: StateGrant,
  buildId: string,
  state: SealedState,
): Promise<void> {
  await put(tx, buildId, state);
}

/**
 * Writers of one build's state take turns by its row's lock, each with a statement of its own before it writes: only the
 * next one sees every piece that the writer before it left.
 */
async function put(tx: Tx, buildId: string, state: SealedState): Promise<void> {
  await tx.selectFrom("workspace_builds").select("id").where("id", "=", buildId).forUpdate().execute();
  await storeFirst.run(tx, { buildId, state });
  await putRest(tx, buildId, state);
}

/** All but the first piece. */
export async function storeRest(tx: Tx, _granted: StateGrant, buildId: string, state: SealedState): Promise<void> {
  await putRest(tx, buildId, state);
}

/** One by one: a large state is not one large message. */
async function putRest(tx: Tx, buildId: string, [, ...rest]: SealedState): Promise<void> {
  for (const [index, sealed] of rest.entries()) {
    await tx
      .insertInto("workspace_build_states")
      .values({ build_id: buildId, position: index + 1, sealed })
      .execute();
  }
}

const find = defineStatement({
  name: "workspaces.find_build_state",
  columns: { build_id: stored("workspace_build_states.build_id"), sealed: stored("workspace_build_states.sealed") },
  samples: [{ buildId: sampleId }],
  build: ({ buildId }: { buildId: string }) => sql`
    select s.build_id, s.sealed from workspace_build_states s
    where s.build_id = (
      select b.id from workspace_builds this
      join workspace_builds b on b.workspace_id = this.workspace_id and b.build_number <= this.build_number
      where this.id = ${buildId}
        and exists (select from workspace_build_states piece where piece.build_id = b.id and piece.position = 0)
      order by b.build_number desc limit 1)
    order by s.position`,
});

/** A worker reads the state of a build whose job it holds; a person, as it puts another there, by the template's right. */
export type StateReader = Granted<"provisioner_jobs:update" | "template:update", Thing>;

/** What the build begins with, or left; undefined when there is nothing. @throws SealError when it cannot be opened */
export async function findBuildState(
  db: Db | Tx,
  _granted: StateReader,
  key: Buffer,
  buildId: string,
): Promise<Uint8Array | undefined> {
  const rows = await find.all(db, { buildId });
  const [first] = rows;
  if (first === undefined) return undefined;
  const pieces = rows.map(({ sealed }) => sealed);
  return openState(key, first.build_id, pieces);
}

/** Puts a state in the place of what the build left, or began with: the affair of its template, whose right this is. */
export async function replaceBuildState(
  ctx: Context,
  { db, clock, sealKey }: { readonly db: Db; readonly clock: Clock; readonly sealKey: Buffer },
  granted: Granted<"template:update", Thing>,
  { build, workspace }: Pick<BuildWithWorkspace, "build" | "workspace">,
  state: Uint8Array,
): Promise<void> {
  if (workspace.template_id !== granted.object.id) throw new Error("a right on another template");
  const sealed = sealState(sealKey, build.id, state);
  await transaction(ctx, db, { name: "build_state", clock }, (tx) => storeBuildState(tx, granted, build.id, sealed));
}

/** For what an earlier release stored open. */
export function sealOldState(key: Buffer): SealOld {
  return async (tx, buildId, content) => await put(tx, buildId, sealState(key, buildId, content));
}

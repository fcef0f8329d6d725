import { createHash } from "node:crypto";
import { sql } from "kysely";
import { ApiError } from "@hearth/sdk";
import type { Db, Tx } from "../ground/database/index.ts";

/** How long a key answers with the build that it first made. @see spec/builds.md P-4 */
const keyLifeMs = 24 * 3_600_000;
const longestKey = 255;

/** A request that may be sent twice and must have one effect. */
export interface IdempotencyKey {
  readonly key: string;
  readonly bodyHash: Buffer;
}

/** The key that the header names, bound to the request's body; undefined when there is none. @throws ApiError `bad_query` */
export function idempotencyKeyOf(
  header: string | readonly string[] | undefined,
  body: unknown,
): IdempotencyKey | undefined {
  const key = typeof header === "string" ? header : header?.[0];
  if (key === undefined || key === "") return undefined;
  if (key.length > longestKey) {
    throw new ApiError("bad_query", `The Idempotency-Key is too long: the limit is ${longestKey} characters.`);
  }
  return { key, bodyHash: createHash("sha256").update(JSON.stringify(body)).digest() };
}

/** The build that the same request made within a day. @throws ApiError `conflict` when the key came with another body then */
export async function findBuildOfKey(
  db: Db | Tx,
  workspaceId: string,
  given: IdempotencyKey,
  nowMs: number,
): Promise<string | undefined> {
  const { rows } = await sql<{ build_id: string; body_hash: Buffer }>`
    select build_id, body_hash from build_idempotency_keys
    where workspace_id = ${workspaceId} and key = ${given.key} and created_at > ${new Date(nowMs - keyLifeMs)}`.execute(
    db,
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  if (row.body_hash.equals(given.bodyHash)) return row.build_id;
  throw new ApiError("conflict", "The Idempotency-Key was used for another request: choose a new one.");
}

/** Remembers what the key made; keys of the workspace that have had their time are forgotten. */
export async function rememberKey(
  tx: Tx,
  workspaceId: string,
  given: IdempotencyKey,
  made: { buildId: string; nowMs: number },
): Promise<void> {
  const now = new Date(made.nowMs);
  await sql`
    with expired as (
      delete from build_idempotency_keys
      where workspace_id = ${workspaceId} and key <> ${given.key} and created_at <= ${new Date(made.nowMs - keyLifeMs)}
    )
    insert into build_idempotency_keys (workspace_id, key, body_hash, build_id, created_at)
    values (${workspaceId}, ${given.key}, ${given.bodyHash}, ${made.buildId}, ${now})
    on conflict (workspace_id, key) do update
      set body_hash = excluded.body_hash, build_id = excluded.build_id, created_at = excluded.created_at`.execute(tx);
}

import { createHash } from "node:crypto";
import { sql } from "kysely";
import { ApiError } from "@hearth/sdk";
import type { Granted, Thing } from "../access/index.ts";
import {
  defineStatement,
  sampleBytes,
  sampleId,
  sampleMs,
  stored,
  type Db,
  type Tx,
} from "../ground/database/index.ts";

import type { BuildAction } from "./access.ts";

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

const findKey = defineStatement({
  name: "workspaces.find_idempotency_key",
  columns: {
    build_id: stored("build_idempotency_keys.build_id"),
    body_hash: stored("build_idempotency_keys.body_hash"),
  },
  samples: [{ workspaceId: sampleId, given: { key: "once", bodyHash: sampleBytes }, nowMs: sampleMs }],
  build: ({ workspaceId, given, nowMs }: { workspaceId: string; given: IdempotencyKey; nowMs: number }) => sql`
    select build_id, body_hash from build_idempotency_keys
    where workspace_id = ${workspaceId} and key = ${given.key} and created_at > ${new Date(nowMs - keyLifeMs)}`,
});

/** The build that the same request made within a day. @throws ApiError `conflict` when the key came with another body then */
export async function findBuildOfKey(
  db: Db | Tx,
  workspaceId: string,
  given: IdempotencyKey,
  nowMs: number,
): Promise<string | undefined> {
  const row = await findKey.first(db, { workspaceId, given, nowMs });
  if (row === undefined) return undefined;
  if (row.body_hash.equals(given.bodyHash)) return row.build_id;
  throw new ApiError("conflict", "The Idempotency-Key was used for another request: choose a new one.");
}

const storeKey = defineStatement({
  name: "workspaces.store_idempotency_key",
  columns: {},
  samples: [
    {
      workspaceId: sampleId,
      given: { key: "once", bodyHash: sampleBytes },
      made: { buildId: sampleId, nowMs: sampleMs },
    },
  ],
  build({
    workspaceId,
    given,
    made,
  }: {
    workspaceId: string;
    given: IdempotencyKey;
    made: { buildId: string; nowMs: number };
  }) {
    const now = new Date(made.nowMs);
    return sql`
    with expired as (
      delete from build_idempotency_keys
      where workspace_id = ${workspaceId} and key <> ${given.key} and created_at <= ${new Date(made.nowMs - keyLifeMs)}
    )
    insert into build_idempotency_keys (workspace_id, key, body_hash, build_id, created_at)
    values (${workspaceId}, ${given.key}, ${given.bodyHash}, ${made.buildId}, ${now})
    on conflict (workspace_id, key) do update
      set body_hash = excluded.body_hash, build_id = excluded.build_id, created_at = excluded.created_at`;
  },
});

/** Remembers what the key made; keys of the workspace that have had their time are forgotten. */
export async function rememberKey(
  tx: Tx,
  { object: { id: workspaceId } }: Granted<BuildAction, Thing>,
  given: IdempotencyKey,
  made: { buildId: string; nowMs: number },
): Promise<void> {
  await storeKey.run(tx, { workspaceId, given, made });
}

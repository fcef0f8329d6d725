import { createHash, randomUUID } from "node:crypto";
import { sql, type Expression } from "kysely";
import { ApiError } from "@hearth/sdk";
import type { Clock } from "@hearth/base";
import type { Context, Granted, Thing } from "../access/index.ts";
import {
  computed,
  defineStatement,
  sampleId,
  stored,
  transaction,
  type Db,
  type Tx,
} from "../ground/database/index.ts";
import { userOf } from "../ground/http/index.ts";
import type { NewVersionGrant } from "./access.ts";

export interface StoredFile {
  readonly id: string;
  readonly createdBy: string;
  readonly mimetype: string;
  readonly sizeBytes: number;
}

export interface NewFile {
  readonly mimetype: string;
  readonly sizeBytes: number;
  /** SHA-256 of the bytes. */
  readonly hash: Buffer;
  /** The bytes, from the beginning each time. */
  read(): AsyncIterable<Uint8Array>;
}

/** What goes to or comes from the database at a time. */
const pieceBytes = 1024 * 1024;

interface FileDeps {
  readonly db: Db;
  readonly clock: Clock;
}

type FileGrant = Granted<"file:create", { readonly ownerId: string }>;

/** Stores an archive; the same bytes of the same user keep one id. */
export async function storeFile(
  ctx: Context,
  deps: FileDeps,
  granted: FileGrant,
  file: NewFile,
): Promise<{ id: string; isNew: boolean }> {
  return await store(ctx, deps, { ...file, userId: granted.object.ownerId });
}

/** Stores bytes that are in memory anyway; see `storeFile`. */
export async function storeBytes(
  ctx: Context,
  deps: FileDeps,
  granted: FileGrant,
  bytes: Uint8Array,
): Promise<{ id: string; isNew: boolean }> {
  return await store(ctx, deps, { ...fileOf(bytes), userId: granted.object.ownerId });
}

/** Stores an example of ours for whoever may make a version of it. */
export async function storeExample(
  ctx: Context,
  deps: FileDeps,
  granted: NewVersionGrant,
  bytes: Uint8Array,
): Promise<{ id: string }> {
  return await store(ctx, deps, { ...fileOf(bytes), userId: userOf(granted).userId });
}

type OwnedFile = NewFile & { readonly userId: string };

async function store(ctx: Context, { db, clock }: FileDeps, file: OwnedFile): Promise<{ id: string; isNew: boolean }> {
  return await transaction(ctx, db, { name: "store_file", clock }, async (tx) => {
    const id = randomUUID();
    const inserted = await insertFile(tx, id, file, new Date(clock.now()));
    if (inserted) return { id, isNew: true };
    const known = await tx
      .selectFrom("files")
      .select("id")
      .where("hash", "=", file.hash)
      .where("created_by", "=", file.userId)
      .executeTakeFirstOrThrow();
    return { id: known.id, isNew: false };
  });
}

function fileOf(bytes: Uint8Array): NewFile {
  return {
    mimetype: "application/x-tar",
    sizeBytes: bytes.length,
    hash: createHash("sha256").update(bytes).digest(),
    async *read() {
      yield await Promise.resolve(bytes);
    },
  };
}

const find = defineStatement({
  name: "templates.find_file",
  columns: {
    id: stored("files.id"),
    created_by: stored("files.created_by"),
    mimetype: stored("files.mimetype"),
    size_bytes: computed.number,
  },
  samples: [{ id: sampleId }],
  build: ({ id }: { id: string }) => sql`
    select id, created_by, mimetype, octet_length(data) as size_bytes from files where id = ${id}`,
});

/** The file without its bytes. */
export async function findFile(db: Db | Tx, id: string): Promise<StoredFile | undefined> {
  const row = await find.first(db, { id });
  if (row === undefined) return undefined;
  return { id: row.id, createdBy: row.created_by, mimetype: row.mimetype, sizeBytes: row.size_bytes };
}

/** The column is stored as it is, so that a part of it is read alone. */
const findPiece = defineStatement({
  name: "templates.find_piece_of_file",
  columns: { piece: computed.bytes },
  samples: [{ id: sampleId, from: 1 }],
  build: ({ id, from }: { id: string; from: number }) => sql`
    select substring(data from ${from}::integer for ${pieceBytes}::integer) as piece from files where id = ${id}`,
});

/** A file's bytes, piece by piece. @throws ApiError `not_found` */
export function readFile(db: Db | Tx, { object }: Granted<"file:read", Thing>): AsyncGenerator<Uint8Array> {
  return piecesOf(db, object.id);
}

/** The same, for what tells nobody of them. */
export async function* piecesOf(db: Db | Tx, id: string): AsyncGenerator<Uint8Array> {
  for (let from = 1; ; from += pieceBytes) {
    const row = await findPiece.first(db, { id, from });
    if (row === undefined) throw new ApiError("not_found", "File not found.");
    if (row.piece.length > 0) yield row.piece;
    if (row.piece.length < pieceBytes) return;
  }
}

/** False when the user has these bytes already. */
async function insertFile(tx: Tx, id: string, file: OwnedFile, createdAt: Date): Promise<boolean> {
  const { hash, userId, mimetype } = file;
  const data = file.sizeBytes <= pieceBytes ? await whole(file) : await inPieces(tx, file);
  const inserted = await tx
    .insertInto("files")
    .values({ id, hash, created_by: userId, mimetype, data, created_at: createdAt })
    .onConflict((conflict) => conflict.constraint("files_hash_created_by_key").doNothing())
    .returning("id")
    .executeTakeFirst();
  return inserted !== undefined;
}

async function whole(file: NewFile): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Sends the bytes one by one, and gives the expression that joins them there: no message holds them all. */
async function inPieces(tx: Tx, file: NewFile): Promise<Expression<Buffer>> {
  const pieces = tx.withTables<{ file_pieces: { position: number; data: Buffer } }>();
  await pieces.schema
    .createTable("file_pieces")
    .temporary()
    .onCommit("drop")
    .addColumn("position", "integer")
    .addColumn("data", "bytea")
    .execute();
  let position = 0;
  for await (const piece of file.read()) {
    await pieces
      .insertInto("file_pieces")
      .values({ position: position++, data: Buffer.from(piece) })
      .execute();
  }
  return pieces
    .selectFrom("file_pieces")
    .select((eb) =>
      eb.fn
        .agg<Buffer>("string_agg", ["data", eb.val(Buffer.alloc(0))])
        .orderBy("position")
        .as("whole"),
    )
    .$asScalar();
}

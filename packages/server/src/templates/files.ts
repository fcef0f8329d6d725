import { createHash, randomUUID } from "node:crypto";
import { ApiError, endpoints } from "@hearth/sdk";
import type { Clock } from "@hearth/base";
import { ArchiveError, tarToZip, zipToTar } from "@hearth/provisioner";
import type { Db, Tx } from "../database/index.ts";
import type { Room } from "../disk/index.ts";
import { parseUuid, route, userOf, type Route } from "../http/index.ts";
import { authorize, notFoundMessage } from "../identity/index.ts";

/** @see spec/api.md §7, "Template archives" */
export const maxUploadBytes = 100 * 1024 * 1024;
const transfersPerMinute = 12;

const zipTypes = ["application/zip", "application/x-zip-compressed"];

export interface StoredFile {
  readonly id: string;
  readonly createdBy: string;
  readonly mimetype: string;
}

/** Stores an archive; the same bytes of the same user keep one id. */
export async function storeFile(
  db: Db | Tx,
  file: { bytes: Uint8Array; mimetype: string; userId: string; nowMs: number },
): Promise<{ id: string; isNew: boolean }> {
  const hash = createHash("sha256").update(file.bytes).digest();
  const inserted = await db
    .insertInto("files")
    .values({
      id: randomUUID(),
      hash,
      created_by: file.userId,
      mimetype: file.mimetype,
      data: Buffer.from(file.bytes.buffer, file.bytes.byteOffset, file.bytes.byteLength),
      created_at: new Date(file.nowMs),
    })
    .onConflict((conflict) => conflict.constraint("files_hash_created_by_key").doNothing())
    .returning("id")
    .executeTakeFirst();
  if (inserted !== undefined) return { id: inserted.id, isNew: true };
  const known = await db
    .selectFrom("files")
    .select("id")
    .where("hash", "=", hash)
    .where("created_by", "=", file.userId)
    .executeTakeFirstOrThrow();
  return { id: known.id, isNew: false };
}

/** The file without its bytes. */
export async function findFile(db: Db | Tx, id: string): Promise<StoredFile | undefined> {
  const row = await db
    .selectFrom("files")
    .select(["id", "created_by", "mimetype"])
    .where("id", "=", id)
    .executeTakeFirst();
  return row === undefined ? undefined : { id: row.id, createdBy: row.created_by, mimetype: row.mimetype };
}

export async function readFileBytes(db: Db | Tx, id: string): Promise<Uint8Array> {
  const row = await db.selectFrom("files").select("data").where("id", "=", id).executeTakeFirst();
  if (row === undefined) throw new ApiError("not_found", "File not found.");
  return row.data;
}

export function fileRoutes({ db, clock, room }: { db: Db; clock: Clock; room?: Room | undefined }): Route[] {
  return [
    route(endpoints.files.uploadFile)({
      access: "file:create",
      bodyTypes: ["application/x-tar", ...zipTypes],
      maxBodyBytes: maxUploadBytes,
      ratePerMinute: transfersPerMinute,
      async handle({ ctx, body, request }) {
        const type = (request.headers["content-type"] ?? "").split(";", 1)[0] ?? "";
        if (type !== "application/x-tar" && !zipTypes.includes(type)) {
          throw new ApiError("unsupported_media_type", `Unsupported content type header "${type}".`, {
            detail: "Send a tar as application/x-tar, or a zip as application/zip.",
          });
        }
        const userId = userOf(ctx).userId;
        authorize(ctx, "file:create", { ownerId: userId });
        await room?.require("An upload", body.byteLength);
        const bytes = zipTypes.includes(type) ? await toTar(body) : body;
        const stored = await storeFile(db, { bytes, mimetype: "application/x-tar", userId, nowMs: clock.now() });
        return { status: stored.isNew ? 201 : 200, body: { hash: stored.id } };
      },
    }),
    route(endpoints.files.downloadFile)({
      access: "file:read",
      ratePerMinute: transfersPerMinute,
      async load({ ctx, params }) {
        const id = parseUuid(params.fileID);
        const file = await findFile(db, id);
        if (file === undefined) throw new ApiError("not_found", notFoundMessage);
        authorize(ctx, "file:read", { id, ownerId: file.createdBy });
        return file;
      },
      async handle({ loaded, query }) {
        const format = query.format ?? "";
        if (format !== "" && format !== "zip") {
          throw new ApiError("bad_query", "Unsupported conversion format.", {
            validations: [{ field: "format", detail: 'must be "zip" or left out' }],
          });
        }
        const tar = await readFileBytes(db, loaded.id);
        if (format === "zip") return { status: 200, body: await tarToZip(tar), contentType: "application/zip" };
        return { status: 200, body: tar, contentType: loaded.mimetype };
      },
    }),
  ];
}

async function toTar(zip: Uint8Array): Promise<Uint8Array> {
  try {
    return await zipToTar(zip);
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    throw new ApiError("invalid_archive", "The zip cannot be read.", { cause: error, detail: error.message });
  }
}

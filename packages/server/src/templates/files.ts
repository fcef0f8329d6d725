import { Readable } from "node:stream";
import { ApiError, endpoints } from "@hearth/sdk";
import type { Clock } from "@hearth/base";
import { ArchiveError, type ArchiveThreads } from "@hearth/provisioner";
import type { Db } from "../ground/database/index.ts";
import type { Room } from "../ground/disk/index.ts";
import { parseUuid, route, userOf, type Route } from "../ground/http/index.ts";
import { authorize, notFoundMessage } from "../access/index.ts";
import { findFile, readFile, storeFile } from "./file-store.ts";
import { Spool, type Spooled } from "./spool.ts";

/** @see spec/api.md §7, "Template archives" */
export const maxUploadBytes = 100 * 1024 * 1024;
const transfersPerMinute = 12;

const zipTypes = ["application/zip", "application/x-zip-compressed"];

export interface FileDeps {
  readonly db: Db;
  readonly clock: Clock;
  /** Where archives lie while they are taken, made and sent; on the disk of the data. */
  readonly scratchDir: string;
  /** Works on what is uploaded, beside the event loop. */
  readonly archives: ArchiveThreads;
  /** Of the disk; without it there always is. */
  readonly room?: Room | undefined;
}

/** Archives go through the disk and threads of their own: none is in memory whole, and none keeps others waiting. */
export function fileRoutes(deps: FileDeps): Route[] {
  const { db, scratchDir, room, archives } = deps;
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
        const granted = authorize(ctx, "file:create", { ownerId: userOf(ctx).userId });
        // Twice: as it came, and in the database.
        const sentBytes = Number(request.headers["content-length"] ?? 0);
        await room?.require("An upload", 2 * sentBytes);
        await using spool = await Spool.create(scratchDir);
        const sent = await spool.write(body);
        const tar = zipTypes.includes(type) ? await toTar(sent) : sent;
        await room?.require("An upload", tar.sizeBytes);
        const stored = await storeFile(ctx, deps, granted, { ...tar, mimetype: "application/x-tar" });
        return { status: stored.isNew ? 201 : 200, granted, body: { hash: stored.id } };

        async function toTar(zip: Spooled): Promise<Spooled> {
          const { signal } = ctx;
          return await converted("The zip cannot be read.", () => spool.write(archives.zipToTar(zip.path, { signal })));
        }
      },
    }),
    route(endpoints.files.downloadFile)({
      access: "file:read",
      ratePerMinute: transfersPerMinute,
      async load({ ctx, params }) {
        const id = parseUuid(params.fileID);
        const file = await findFile(db, id);
        if (file === undefined) throw new ApiError("not_found", notFoundMessage);
        const granted = authorize(ctx, "file:read", { id, ownerId: file.createdBy });
        return { ...file, granted };
      },
      async handle({ ctx, loaded, query }) {
        const format = query.format ?? "";
        if (format !== "" && format !== "zip") {
          throw new ApiError("bad_query", "Unsupported conversion format.", {
            validations: [{ field: "format", detail: 'must be "zip" or left out' }],
          });
        }
        const tar = readFile(db, loaded.granted);
        if (format === "") {
          const headers = { "Content-Length": String(loaded.sizeBytes) };
          const body = Readable.from(tar, { objectMode: false });
          return { status: 200, granted: loaded.granted, body, contentType: loaded.mimetype, headers };
        }
        await using spool = await Spool.create(scratchDir);
        const { signal } = ctx;
        const zip = await converted("The archive cannot be made a zip.", () =>
          spool.write(archives.tarToZip(tar, { signal })),
        );
        const headers = { "Content-Length": String(zip.sizeBytes) };
        return {
          status: 200,
          granted: loaded.granted,
          body: await zip.stream(),
          contentType: "application/zip",
          headers,
        };
      },
    }),
  ];
}

/** @throws ApiError for an archive that is refused: `too_large` when it is over a limit, else `invalid_archive` */
async function converted(message: string, convert: () => Promise<Spooled>): Promise<Spooled> {
  try {
    return await convert();
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    const code = error.fault === "too_big" ? "too_large" : "invalid_archive";
    throw new ApiError(code, message, { cause: error, detail: error.message });
  }
}

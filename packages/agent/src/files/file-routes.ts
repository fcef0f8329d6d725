import { cp, lstat, mkdir, rename, rm, rmdir, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Clock } from "@hearth/base";
import { badRequest, type Fields, flagField, isFields, readFields, textField } from "#api/fields.ts";
import { Refusal } from "#api/refusal.ts";
import type { Ask, Route } from "#api/route.ts";
import { absolutePath } from "#environment/expand.ts";
import { sendContent } from "#files/content.ts";
import { copyTo } from "#files/copy-to.ts";
import { draftBeside } from "#files/draft.ts";
import { type Edit, editText } from "#files/edit-text.ts";
import { listEntries, readEntry } from "#files/entry.ts";
import { codeOf, withPath } from "#files/file-refusal.ts";
import { packTar } from "#files/pack-tar.ts";
import { readText } from "#files/read-text.ts";
import { sendChanges } from "#files/send-changes.ts";
import { unpackTar } from "#files/unpack-tar.ts";
import { replaceFile } from "#files/write-file.ts";
import type { Surroundings } from "#processes/surroundings.ts";

export interface FileServices {
  readonly surroundings: () => Surroundings;
  /** Whether nobody is to get files in or out. */
  readonly blocksFileTransfer: boolean;
  /** How many a client may watch: the kernel has a limit for all who do. @default 4096 */
  readonly mostDirectories?: number;
  readonly clock: Clock;
}

/** Edits may be as large as the files that they are for. */
const mostEditBytes = 20 * 1024 * 1024;

/** The workspace's files, as its user. @see docs/commands.md */
export function fileRoutes(services: FileServices): Route[] {
  const { blocksFileTransfer, mostDirectories = 4096, clock } = services;
  const locate = (path: string): string => {
    const { env, directory } = services.surroundings();
    return absolutePath(path, { home: env.HOME ?? directory, base: directory });
  };
  const asked = ({ url }: Ask): string => locate(textField({ path: url.searchParams.get("path") }, "path"));
  const transfer = (handle: Route["handle"]): Route["handle"] => {
    if (!blocksFileTransfer) return handle;
    return () => Promise.reject(new Refusal(403, "transfer_blocked", "File transfer is blocked in this workspace."));
  };
  return [
    {
      at: "GET /api/v1/files/stat",
      handle: async (ask) => {
        const path = asked(ask);
        return { status: 200, body: await withPath(path, () => readEntry(path)) };
      },
    },
    {
      at: "GET /api/v1/files/list",
      handle: async (ask) => {
        const path = asked(ask);
        return { status: 200, body: await withPath(path, () => listEntries(path)) };
      },
    },
    {
      at: "GET /api/v1/files/content",
      isLong: true,
      handle: transfer(async (ask) => {
        const path = asked(ask);
        return await withPath(path, () => sendContent(path, ask.request.headers.range));
      }),
    },
    {
      at: "PUT /api/v1/files/content",
      isLong: true,
      handle: transfer(async (ask) => {
        const path = asked(ask);
        const { request, url } = ask;
        const mode = readMode(url.searchParams.get("mode") ?? undefined);
        const makeParents = url.searchParams.get("make_parents") === "true";
        await withPath(path, () => replaceFile(path, (file) => copyTo(file, request), { mode, makeParents }));
        return { status: 200, body: await withPath(path, () => readEntry(path)) };
      }),
    },
    {
      at: "POST /api/v1/files/directories",
      handle: async ({ request }) => {
        const fields = await readFields(request);
        const path = locate(textField(fields, "path"));
        const mode = readMode(fields.mode);
        await withPath(path, () =>
          mkdir(path, { recursive: flagField(fields, "parents"), ...(mode !== undefined && { mode }) }),
        );
        return { status: 201, body: await withPath(path, () => readEntry(path)) };
      },
    },
    {
      at: "POST /api/v1/files/move",
      isLong: true, // from one disk to another
      handle: async ({ request }) => {
        const fields = await readFields(request);
        const [from, to] = [locate(textField(fields, "from")), locate(textField(fields, "to"))];
        const overwrite = flagField(fields, "overwrite");
        await withPath(from, () => lstat(from));
        await withPath(to, () => move(from, to, overwrite));
        return { status: 200, body: await withPath(to, () => readEntry(to)) };
      },
    },
    {
      at: "DELETE /api/v1/files",
      isLong: true, // a large tree
      handle: async (ask) => {
        const path = asked(ask);
        await withPath(path, () => remove(path, ask.url.searchParams.get("recursive") === "true"));
        return { status: 204 };
      },
    },
    {
      at: "POST /api/v1/files/edit",
      handle: async ({ request }) => {
        const fields = await readFields(request, mostEditBytes);
        const path = locate(textField(fields, "path"));
        const edits = readEdits(fields);
        const replaced = await withPath(path, async () => {
          const edited = editText(await readText(path), edits);
          await replaceFile(path, (file) => file.writeFile(edited.text));
          return edited.replaced;
        });
        return { status: 200, body: { replaced } };
      },
    },
    {
      at: "GET /api/v1/files/tar",
      isLong: true,
      handle: transfer(async (ask) => {
        const path = asked(ask);
        await withPath(path, () => lstat(path));
        return {
          status: 200,
          headers: { "content-type": "application/x-tar" },
          send: (response) => pipeline(packTar(path), response),
        };
      }),
    },
    {
      at: "PUT /api/v1/files/tar",
      isLong: true,
      handle: transfer(async (ask) => ({ status: 200, body: await unpackTar(ask.request, asked(ask)) })),
    },
    {
      at: "GET /api/v1/files/watch",
      isLong: true,
      handle: async (ask) => {
        const path = asked(ask);
        const isRecursive = ask.url.searchParams.get("recursive") === "true";
        return await withPath(path, () =>
          sendChanges(path, { isRecursive, mostDirectories, clock, signal: ask.signal }),
        );
      },
    },
  ];
}

/** @throws Refusal `exists`; the system's error */
async function move(from: string, to: string, overwrite: boolean): Promise<void> {
  if (from === to) return;
  const isTaken = await lstat(to).then(
    () => true,
    () => false,
  );
  if (isTaken && !overwrite) throw new Refusal(409, "exists", `${to}: there is something already; say overwrite.`);
  try {
    await rename(from, to);
  } catch (error) {
    if (codeOf(error) !== "EXDEV") throw error;
    // Whole before it is there, and gone only then.
    const draft = draftBeside(to);
    await cp(from, draft, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    await rename(draft, to).catch(async (failure: unknown) => {
      await rm(draft, { recursive: true, force: true });
      throw failure;
    });
    await rm(from, { recursive: true });
  }
}

async function remove(path: string, isRecursive: boolean): Promise<void> {
  if (dirname(path) === path) throw new Refusal(403, "forbidden", "The root of the file system is not removed.");
  const stats = await lstat(path);
  if (!stats.isDirectory()) await unlink(path);
  else if (isRecursive) await rm(path, { recursive: true });
  else await rmdir(path);
}

/** @throws Refusal `bad_request` */
function readMode(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string" && /^[0-7]{3,4}$/.test(value)) return Number.parseInt(value, 8);
  throw badRequest("mode is written in octal, as 0644.");
}

function readEdits({ edits }: Fields): Edit[] {
  if (!Array.isArray(edits) || edits.length === 0) throw badRequest("edits is a list of at least one edit.");
  return edits.map((edit: unknown) => {
    if (!isFields(edit) || typeof edit.replace !== "string") throw badRequest("An edit has search and replace.");
    return { search: textField(edit, "search"), replace: edit.replace, all: flagField(edit, "all") };
  });
}

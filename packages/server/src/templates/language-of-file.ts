import { ArchiveError, templateKind, type ArchiveThreads, type LanguageName } from "@hearth/provisioner";
import type { Db } from "../ground/database/index.ts";
import { piecesOf } from "./file-store.ts";

/**
 * What the template of an uploaded archive is written in. Null when that cannot be said (the archive cannot be read, holds no
 * template, or two): then its import may go to anybody, who fails it with what is wrong.
 */
export async function languageOfFile(
  { db, archives }: { readonly db: Db; readonly archives: ArchiveThreads },
  fileId: string,
  signal: AbortSignal,
): Promise<LanguageName | null> {
  try {
    const found = templateKind(await archives.readFiles(piecesOf(db, fileId), { signal }));
    return found.kind === "none" ? null : found.kind;
  } catch (error) {
    if (error instanceof ArchiveError) return null;
    throw error;
  }
}

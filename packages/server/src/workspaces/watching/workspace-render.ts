import { ApiError } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import type { Db } from "../../ground/database/index.ts";
import { notFoundMessage } from "../../access/index.ts";
import { findWorkspaceRecords, type WorkspaceRow } from "../records.ts";
import { renderWorkspaceRecords } from "../render.ts";

/** A workspace as its watchers see it: they differ only in whose favourite it is, so there are two texts at most. */
export class WorkspaceRender {
  readonly row: WorkspaceRow;
  readonly #workspace: api.Workspace;
  readonly #favoriteOf: readonly string[];
  readonly #texts = new Map<boolean, string>();

  constructor(row: WorkspaceRow, workspace: api.Workspace, favoriteOf: readonly string[]) {
    this.row = row;
    this.#workspace = workspace;
    this.#favoriteOf = favoriteOf;
  }

  /** JSON of the workspace for this viewer. Made once for all who see the same. */
  textFor(viewerId: string | undefined): string {
    const isFavorite = viewerId !== undefined && this.#favoriteOf.includes(viewerId);
    const known = this.#texts.get(isFavorite);
    if (known !== undefined) return known;
    const text = JSON.stringify({ ...this.#workspace, favorite: isFavorite });
    this.#texts.set(isFavorite, text);
    return text;
  }
}

/** @throws ApiError `not_found` when its row is gone */
export async function readWorkspaceRender(db: Db, workspaceId: string, nowMs: number): Promise<WorkspaceRender> {
  const records = await findWorkspaceRecords(db, [workspaceId]);
  const [workspace] = await renderWorkspaceRecords(db, records, { viewerId: undefined, nowMs });
  const [record] = records;
  if (record === undefined || workspace === undefined) throw new ApiError("not_found", notFoundMessage);
  return new WorkspaceRender(record.workspace, workspace, record.favoriteOf);
}

import { messageOf } from "@hearth/base";
import { badRequest, type Fields, flagField, isFields } from "#api/fields.ts";
import { Refusal } from "#api/refusal.ts";
import { withPath } from "#files/file-refusal.ts";
import { readText } from "#files/read-text.ts";
import { replaceFile } from "#files/write-file.ts";
import { absoluteField } from "#v0/absolute-path.ts";
import { applyEdit, type TextEdit } from "#v0/match-text.ts";
import { unifiedDiff } from "#v0/unified-diff.ts";

interface FileEdits {
  readonly path: string;
  readonly edits: readonly TextEdit[];
}

/**
 * Edits several files: all of them are read and edited before the first is written. Gives the diff of each.
 * @throws Refusal that names the file, and the text as found or not
 */
export async function editFiles(files: readonly FileEdits[]): Promise<{ path: string; diff: string }[]> {
  const drafts: { path: string; before: string; after: string }[] = [];
  for (const { path, edits } of files) {
    const before = drafts.find((draft) => draft.path === path)?.after ?? (await withPath(path, () => readText(path)));
    const after = edits.reduce((text, edit) => editOne(path, text, edit), before);
    drafts.push({ path, before, after });
  }
  for (const [index, { path, after }] of drafts.entries()) {
    try {
      await withPath(path, () => replaceFile(path, (file) => file.writeFile(after)));
    } catch (error) {
      if (index === 0 || !(error instanceof Refusal)) throw error;
      const done = drafts.slice(0, index).map((draft) => draft.path);
      const detail = `Written before: ${done.join(", ")}.`;
      throw new Refusal(error.status, error.code, messageOf(error), { cause: error, detail });
    }
  }
  return drafts.map(({ path, before, after }) => ({ path, diff: unifiedDiff(path, before, after) }));
}

/** @throws Refusal `bad_request` */
export function readFileEdits({ files }: Fields): FileEdits[] {
  if (!Array.isArray(files) || files.length === 0) throw badRequest("files is required");
  return files.map((file: unknown) => {
    if (!isFields(file)) throw badRequest("each of files has path and edits");
    const path = absoluteField(file.path);
    if (!Array.isArray(file.edits) || file.edits.length === 0) throw badRequest(`edits of ${path} is required`);
    return { path, edits: file.edits.map((edit: unknown) => readEdit(edit, path)) };
  });
}

function editOne(path: string, text: string, edit: TextEdit): string {
  const outcome = applyEdit(text, edit);
  if ("text" in outcome) return outcome.text;
  if (outcome.found === 0) {
    throw badRequest(
      `edit ${path}: search string not found in file. Verify the search string matches the file content exactly, including whitespace and indentation`,
    );
  }
  throw badRequest(
    `edit ${path}: search string matches ${outcome.found} occurrences (expected exactly 1). Include more surrounding context to make the match unique, or set replace_all to true`,
  );
}

/** The newer names and the older. */
function readEdit(edit: unknown, path: string): TextEdit {
  if (!isFields(edit)) throw badRequest(`an edit of ${path} has search and replace`);
  const search = edit.search ?? edit.old_text;
  const replace = edit.replace ?? edit.new_text ?? "";
  if (typeof search !== "string" || search === "") throw badRequest(`an edit of ${path} searches for nothing`);
  if (typeof replace !== "string") throw badRequest(`an edit of ${path} replaces by what is no text`);
  return { search, replace, replaceAll: flagField(edit, "replace_all") };
}

import { Refusal } from "#api/refusal.ts";

/** One replacement; without `all` what is searched for must be there exactly once. */
export interface Edit {
  readonly search: string;
  readonly replace: string;
  readonly all: boolean;
}

/**
 * The text after all edits, each of what the one before it has left, and how many texts were replaced. Pure.
 * @throws Refusal `no_match`, `ambiguous`, with the number of the edit
 */
export function editText(text: string, edits: readonly Edit[]): { text: string; replaced: number } {
  let replaced = 0;
  let edited = text;
  for (const [index, { search, replace, all }] of edits.entries()) {
    const parts = edited.split(search);
    const found = parts.length - 1;
    if (found === 0) throw new Refusal(409, "no_match", `Edit ${index + 1}: the file does not have the text.`);
    if (found > 1 && !all) {
      const message = `Edit ${index + 1}: the file has the text ${found} times. Search for more of it, or say all.`;
      throw new Refusal(409, "ambiguous", message);
    }
    edited = parts.join(replace);
    replaced += found;
  }
  return { text: edited, replaced };
}

import { stripVTControlCharacters } from "node:util";

/** Made when the first text needs it: it takes longer than all else that a short command does. */
let segmenter: Intl.Segmenter | undefined;

/** Columns that a text takes on a terminal: wide characters two, joined ones one, escape sequences none. */
export function widthOf(text: string): number {
  if (plain.test(text)) return text.length;
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  let width = 0;
  for (const { segment } of segmenter.segment(stripVTControlCharacters(text))) width += widthOfGrapheme(segment);
  return width;
}

const plain = /^[\x20-\x7e]*$/;
const wide =
  /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}])/u;

function widthOfGrapheme(grapheme: string): number {
  if (/^\p{Mark}|^\p{Control}/u.test(grapheme)) return 0;
  return wide.test(grapheme) ? 2 : 1;
}

/** Fills up with spaces on the right. */
export function padTo(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

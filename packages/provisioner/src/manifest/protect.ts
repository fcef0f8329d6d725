/**
 * YAML ends a plain text at `: `, ` #` and, within `{}` and `[]`, at any of `{}[],`; all of these occur in expressions.
 * So that `cpus: ${{ param.size == "large" ? 4 : 1 }}` needs no quotes, those characters are exchanged for others that
 * mean nothing to YAML while it reads, one for one, so that every offset stays what it was.
 */
export interface ProtectedSource {
  readonly text: string;
  readonly restore: (text: string) => string;
}

const reserved = [":", "#", "{", "}", "[", "]", ","];
const plainName = /\$\{[ \t]*[A-Za-z_][\w.]*[ \t]*\}/y;

const privateUse = /[\uE000-\uF8FF]/g;
const firstPrivate = 0xe000;
const lastPrivate = 0xf8ff;

export function protectExpressions(source: string): ProtectedSource {
  const substitutes = unusedCharacters(source, reserved.length);
  const substituteOf = new Map(reserved.map((character, index) => [character, substitutes[index] ?? character]));
  const originalOf = new Map([...substituteOf].map(([character, substitute]) => [substitute, character]));
  return {
    text: replaceFilled(source, (region) =>
      region.replace(/[:#{}[\],]/g, (character) => substituteOf.get(character) ?? character),
    ),
    restore: (text) => text.replace(privateUse, (substitute) => originalOf.get(substitute) ?? substitute),
  };
}

/** Exchanges every expression that stands on one line, and every plain name; not the escapes `$${` and `$${{`. */
function replaceFilled(source: string, exchange: (region: string) => string): string {
  const pieces: string[] = [];
  let done = 0;
  let from = 0;
  // What was found ahead is kept, so that the search takes one pass whatever the text.
  let lineEnd = -1;
  let closed = -1;
  for (;;) {
    const at = source.indexOf("${", from);
    if (at < 0) return pieces.join("") + source.slice(done);
    from = at + 2;
    if (source[at - 1] === "$") continue;
    let end: number;
    if (source[at + 2] === "{") {
      lineEnd = next("\n", lineEnd, at);
      closed = next("}}", closed, at);
      if (closed > lineEnd || closed === source.length) continue;
      end = closed + 2;
    } else {
      plainName.lastIndex = at;
      if (!plainName.test(source)) continue;
      end = plainName.lastIndex;
    }
    pieces.push(source.slice(done, at), exchange(source.slice(at, end)));
    done = end;
    from = end;
  }

  function next(wanted: string, known: number, after: number): number {
    if (known >= after) return known;
    const found = source.indexOf(wanted, after);
    return found < 0 ? source.length : found;
  }
}

/** Private-use characters that the source does not hold; there are 6,400, and a source that holds them all gets none. */
function unusedCharacters(source: string, count: number): string[] {
  const found: string[] = [];
  for (let code = firstPrivate; code <= lastPrivate && found.length < count; code++) {
    const character = String.fromCharCode(code);
    if (!source.includes(character)) found.push(character);
  }
  return found;
}

/** A piece of SQL: a word (numbers, quoted names and parameters too), a string, a bracket, or a sign. */
export interface Token {
  /** In lower case. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A piece of SQL, or what stands between two parentheses. */
export type Piece = Token | Group;

/** What stands between two parentheses, which are part of it. */
export interface Group {
  readonly pieces: readonly Piece[];
  readonly start: number;
  readonly end: number;
}

const commentOrString = /--[^\n]*|'(?:[^']|'')*'/g;
const grammar = /'(?:[^']|'')*'|[\p{L}\p{N}_$.:"]+|[()]|[^\s\p{L}\p{N}_$.:"'()]+/gu;

/**
 * Cuts SQL into pieces, nested as its parentheses are; comments are none. A parenthesis that is never closed closes at the
 * end: a fragment may hold half of a pair.
 */
export function readPieces(sql: string): Piece[] {
  const bare = sql.replace(commentOrString, (text) => (text.startsWith("--") ? " ".repeat(text.length) : text));
  const tokens = [...bare.matchAll(grammar)].map(([text], index, all) => {
    const start = all[index]?.index ?? 0; // each match has its own
    return { text: text.toLowerCase(), start, end: start + text.length };
  });
  let next = 0;
  function readUntilClosed(): Piece[] {
    const pieces: Piece[] = [];
    for (let token = tokens[next++]; token !== undefined && token.text !== ")"; token = tokens[next++]) {
      if (token.text !== "(") {
        pieces.push(token);
        continue;
      }
      const inner = readUntilClosed();
      pieces.push({ pieces: inner, start: token.start, end: tokens[next - 1]?.end ?? sql.length });
    }
    return pieces;
  }
  const pieces: Piece[] = [];
  while (next < tokens.length) pieces.push(...readUntilClosed());
  return pieces;
}

/** The word or sign that a piece is; empty for parentheses. */
export function wordOf(piece: Piece | undefined): string {
  return piece !== undefined && "text" in piece ? piece.text : "";
}

import { readPieces, wordOf, type Piece } from "./tokens.ts";

/** One change to a text: what stands from `start` to `end` becomes `by`. */
export interface Cut {
  readonly start: number;
  readonly end: number;
  readonly by: string;
  readonly kind: "conjunct" | "disjunct" | "order key" | "order" | "lock" | "skip locked" | "limit" | "distinct";
}

/** What begins a condition. `on` does where no `conflict` follows. */
const conditionStarts = new Set(["where", "on", "having", "when"]);
/** What ends a condition, or a list of order keys, that stands beside it. */
const clauseStarts = new Set(
  (
    "select from where on having when then else end group order limit offset for returning union except intersect join " +
    "left right inner full cross lateral window do set rows range with insert update delete values filter over ,"
  ).split(" "),
);
const comparisons = new Set("= <> < > <= >= is in like @> <@ && exists between any".split(" "));

/**
 * Every way to take one thing out of a statement, or a fragment of one, that says which rows: a condition of a
 * conjunction (by `true`) or a disjunction (by `false`), an order key, its direction, a limit, a lock, its `skip locked`,
 * `distinct`. Conditions inside a condition have cuts of their own. Pure; positions are those in the text.
 */
export function listCuts(sql: string): Cut[] {
  return cutsOfLevel(readPieces(sql), sql);
}

/** What stands on one level, between two parentheses or in the whole text. */
function cutsOfLevel(level: readonly Piece[], sql: string): Cut[] {
  const nested = level.flatMap((piece) => ("pieces" in piece ? cutsOfLevel(piece.pieces, sql) : []));
  const own: Cut[] = [];
  for (let index = 0; index < level.length;) {
    const end = endOfClause(level, index);
    own.push(...cutsOfClause(level, index, end, sql));
    index = end;
  }
  return [...own, ...nested];
}

/** Where the next clause begins, or the level ends. */
function endOfClause(level: readonly Piece[], start: number): number {
  const isOrder = wordOf(level[start]) === "order";
  for (let index = start + 1; index < level.length; index++) {
    const word = wordOf(level[index]);
    if (isOrder && word === ",") continue;
    if (word === "update" && wordOf(level[index - 1]) === "for") continue; // a lock
    if (["from", "on"].includes(word) && wordOf(level[index - 1]) === "distinct") continue; // is distinct from, distinct on
    if (clauseStarts.has(word)) return index;
  }
  return level.length;
}

function cutsOfClause(level: readonly Piece[], start: number, end: number, sql: string): Cut[] {
  const first = wordOf(level[start]);
  const rest = level.slice(start + 1, end);
  if (first === "order") return cutsOfOrder(level.slice(start, end), sql);
  if (first === "for") return cutsOfLock(level.slice(start, end));
  if (first === "limit") return span(level.slice(start, end), "", "limit");
  if (first === "select") {
    return wordOf(rest[0]) === "distinct" && wordOf(rest[1]) !== "on" ? span(rest.slice(0, 1), "", "distinct") : [];
  }
  if (conditionStarts.has(first)) return wordOf(rest[0]) === "conflict" ? [] : cutsOfCondition(rest);
  // What begins a level without a clause's word is a condition when it compares or joins: a fragment, or a parenthesis.
  const whole = level.slice(start, end);
  if (start > 0 || clauseStarts.has(first)) return [];
  const words = new Set(whole.map(wordOf));
  if (words.has("and") || words.has("or")) return cutsOfCondition(whole);
  return whole.length > 2 && [...words].some((word) => comparisons.has(word)) ? cutsOfCondition(whole) : [];
}

function cutsOfCondition(pieces: readonly Piece[]): Cut[] {
  const disjuncts = split(pieces, "or");
  return disjuncts.flatMap((disjunct) => {
    const cuts = disjuncts.length > 1 ? span(disjunct, "false", "disjunct") : [];
    const conjuncts = split(disjunct, "and");
    if (conjuncts.length === 1 && disjuncts.length > 1) return cuts;
    return [...cuts, ...conjuncts.flatMap((conjunct) => span(conjunct, "true", "conjunct"))];
  });
}

/** Apart at each such word; the `and` of a `between` joins nothing. */
function split(pieces: readonly Piece[], at: "and" | "or"): Piece[][] {
  const parts: Piece[][] = [[]];
  let isBetween = false;
  for (const piece of pieces) {
    const word = wordOf(piece);
    if (word === "between") isBetween = true;
    if (word === at && !(at === "and" && isBetween)) parts.push([]);
    else parts.at(-1)?.push(piece);
    if (word === "and") isBetween = false;
  }
  return parts;
}

function cutsOfOrder(clause: readonly Piece[], sql: string): Cut[] {
  const keys: Piece[][] = [[]];
  for (const piece of clause.slice(2)) {
    if (wordOf(piece) === ",") keys.push([]);
    else keys.at(-1)?.push(piece);
  }
  const directions = keys.flatMap((key) => cutsOfDirection(key, sql));
  if (keys.length === 1) return [...span(clause, "", "order key"), ...directions];
  const drops = keys.flatMap((key, index) => {
    const [before, after] = [keys[index - 1]?.at(-1), keys[index + 1]?.[0]];
    const [start, end] = before ? [before.end, key.at(-1)?.end] : [key[0]?.start, after?.start];
    return start === undefined || end === undefined ? [] : [{ start, end, by: "", kind: "order key" as const }];
  });
  return [...drops, ...directions];
}

function cutsOfDirection(key: readonly Piece[], sql: string): Cut[] {
  const said = key.find((piece) => ["asc", "desc"].includes(wordOf(piece)));
  if (said !== undefined) return span([said], wordOf(said) === "asc" ? "desc" : "asc", "order");
  const nulls = key.findIndex((piece) => wordOf(piece) === "nulls");
  const named = nulls < 0 ? key : key.slice(0, nulls);
  const [first, last] = [named[0], named.at(-1)];
  if (first === undefined || last === undefined || wordOf(first) === "random") return [];
  return [{ start: first.start, end: last.end, by: `${sql.slice(first.start, last.end)} desc`, kind: "order" }];
}

function cutsOfLock(clause: readonly Piece[]): Cut[] {
  if (!["update", "share", "no", "key"].includes(wordOf(clause[1]))) return [];
  const skip = clause.findIndex((piece) => wordOf(piece) === "skip");
  return [...span(clause, "", "lock"), ...(skip < 0 ? [] : span(clause.slice(skip), "", "skip locked"))];
}

function span(pieces: readonly Piece[], by: string, kind: Cut["kind"]): Cut[] {
  const [first, last] = [pieces[0], pieces.at(-1)];
  if (first === undefined || last === undefined) return [];
  if (pieces.length === 1 && wordOf(first) === "true") return []; // nothing to take out
  return [{ start: first.start, end: last.end, by, kind }];
}

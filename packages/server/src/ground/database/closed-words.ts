/** A text as PostgreSQL prints it: quotes doubled inside. */
const quoted = /'((?:[^']|'')*)'::text/g;

const oneOf = /^CHECK \(\(\w+ = ANY \(ARRAY\[((?:'(?:[^']|'')*'::text(?:, )?)+)\]\)\)\)$/;
/** As it prints a list of one word. */
const onlyOne = /^CHECK \(\(\w+ = ('(?:[^']|'')*'::text)\)\)$/;
const someOf = /^CHECK \(\(\w+ <@ ARRAY\[((?:'(?:[^']|'')*'::text(?:, )?)+)\]\)\)$/;

/**
 * The words that a CHECK constraint of one column allows, as `pg_get_constraintdef` prints `check (x in ('a', 'b'))`, or
 * `check (x <@ array['a', 'b'])` of a list; undefined for one that says anything else.
 */
export function wordsOfCheck(definition: string): string[] | undefined {
  const list = (oneOf.exec(definition) ?? onlyOne.exec(definition) ?? someOf.exec(definition))?.[1];
  return list === undefined ? undefined : wordsIn(list);
}

/**
 * The words that a computed column can be, as `pg_get_expr` prints nested `case … then 'a' else 'b' end`; undefined
 * where a branch is anything but a word.
 */
export function wordsOfGenerated(expression: string): string[] | undefined {
  const branches = [...expression.matchAll(/\b(?:THEN|ELSE)\s+(CASE\b|'(?:[^']|'')*'::text|\S+)/g)].map(
    ([, each]) => each,
  );
  const results = branches.filter((branch) => branch !== "CASE");
  if (results.length === 0 || results.some((branch) => !/^'.*'::text$/.test(branch ?? ""))) return undefined;
  return wordsIn(results.join(", "));
}

function wordsIn(text: string): string[] {
  return [...new Set([...text.matchAll(quoted)].map(([, word]) => (word ?? "").replaceAll("''", "'")))];
}

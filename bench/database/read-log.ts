/** A statement as PostgreSQL's log tells of it, with the values that were sent for `$1`, `$2`, … */
export interface LoggedStatement {
  /** Of the connection. */
  readonly pid: number;
  readonly text: string;
  readonly values: readonly (string | null)[];
}

const entry = /^\S+ \S+ UTC \[(\d+)\] (LOG|DETAIL|\w+): {2}/;

/** Reads what `log_statement = all` writes: one entry a statement, its lines after the first indented by a tab. Pure. */
export function readLog(log: string): LoggedStatement[] {
  const statements: { pid: number; text: string; values: (string | null)[] }[] = [];
  for (const { pid, kind, text } of entriesOf(log)) {
    const statement = kind === "LOG" ? /^(?:statement|execute [^:]*): ([^]*)$/.exec(text)?.[1] : undefined;
    if (statement !== undefined) statements.push({ pid, text: statement, values: [] });
    const parameters = kind === "DETAIL" ? /^[Pp]arameters: ([^]*)$/.exec(text)?.[1] : undefined;
    const last = statements.findLast((each) => each.pid === pid);
    if (parameters !== undefined && last !== undefined) last.values = valuesOf(parameters);
  }
  return statements;
}

function entriesOf(log: string): { pid: number; kind: string; text: string }[] {
  const entries: { pid: number; kind: string; text: string }[] = [];
  for (const line of log.split("\n")) {
    const begin = entry.exec(line);
    const last = entries.at(-1);
    if (begin !== null)
      entries.push({ pid: Number(begin[1]), kind: begin[2] ?? "", text: line.slice(begin[0].length) });
    else if (line.startsWith("\t") && last !== undefined) last.text += `\n${line.slice(1)}`;
  }
  return entries;
}

/** `$1 = 'it''s', $2 = NULL` */
function valuesOf(parameters: string): (string | null)[] {
  return [...parameters.matchAll(/\$\d+ = (?:NULL|'((?:[^']|'')*)')/g)].map(([, text]) =>
    text === undefined ? null : text.replaceAll("''", "'"),
  );
}

import { parseSync, Visitor, type Expression, type TaggedTemplateExpression } from "oxc-parser";
import { listCuts, type Cut } from "./cuts.ts";

/** A change to one source file: what stands from `start` to `end` becomes `by`. */
export interface SqlMutant extends Omit<Cut, "kind"> {
  /** Of the repository's root, with slashes. */
  readonly file: string;
  /** Of the change, the first being 1. */
  readonly line: number;
  readonly kind: Cut["kind"];
  /** What is taken out, on one line. */
  readonly text: string;
  /** Of the statement that is changed: what tests reach it is known by this. */
  readonly statement: string;
}

/** A statement, fragment or call whose use can be seen when its probes are put in. */
export interface Statement {
  /** Its file, and its place among those of the file. */
  readonly id: string;
  readonly file: string;
  readonly probes: readonly Insertion[];
}

interface Insertion {
  readonly at: number;
  readonly text: string;
}

export interface FoundSql {
  readonly statements: Statement[];
  readonly mutants: SqlMutant[];
}

/** Calls of the query builder that say which rows: each can be taken out of its chain. */
const calls: Readonly<Record<string, Cut["kind"]>> = {
  where: "conjunct",
  whereRef: "conjunct",
  having: "conjunct",
  orderBy: "order key",
  limit: "limit",
  distinct: "distinct",
  forUpdate: "lock",
  forNoKeyUpdate: "lock",
  forShare: "lock",
  skipLocked: "skip locked",
};

/**
 * What can be taken out of the SQL of one source: of its `sql` templates and of chains of the query builder. Pure.
 */
export function findSql(file: string, source: string): FoundSql {
  const statements: Statement[] = [];
  const mutants: SqlMutant[] = [];
  function add(probesOf: (id: string) => Insertion[], cuts: readonly Cut[]): void {
    if (cuts.length === 0) return;
    const id = `${file}#${statements.length + 1}`;
    statements.push({ id, file, probes: probesOf(id) });
    for (const cut of cuts) {
      const line = source.slice(0, cut.start).split("\n").length;
      const text = source.slice(cut.start, cut.end).replace(/\s+/g, " ");
      mutants.push({ ...cut, file, line, text, statement: id });
    }
  }
  new Visitor({
    TaggedTemplateExpression(node) {
      if (node.tag.type !== "Identifier" || node.tag.name !== "sql") return;
      const start = node.quasi.start + 1;
      const cuts = listCuts(textOf(node, source)).map((cut) => shift(cut, start));
      add((id) => [{ at: start, text: `/*hearth-sql:${id}*/` }], cuts);
    },
    CallExpression(node) {
      const { callee } = node;
      if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return;
      const kind = calls[callee.property.name];
      if (kind === undefined || !isChain(callee.object)) return;
      const [first] = node.arguments;
      const probesOf = (id: string): Insertion[] =>
        first === undefined
          ? [{ at: node.end - 1, text: `...(hearthSqlUsed(${JSON.stringify(id)}), [])` }]
          : [
              { at: first.start, text: `...(hearthSqlUsed(${JSON.stringify(id)}), [` },
              { at: node.end - 1, text: "])" },
            ];
      add(probesOf, [{ start: callee.object.end, end: node.end, by: "", kind }]);
    },
  }).visit(parseSync(file, source).program);
  return { statements, mutants };
}

/** The template's text; what it has put in is one word, as long as it is in the source, so that positions agree. */
function textOf({ quasi }: TaggedTemplateExpression, source: string): string {
  const [start, end] = [quasi.start + 1, quasi.end - 1];
  let text = "";
  for (const { start: from, end: to } of quasi.quasis) {
    const at = start + text.length;
    text += "_".repeat(Math.max(0, from - at)) + source.slice(Math.max(from, at), to);
  }
  return text.slice(0, end - start);
}

/** Whether it may be a chain of the query builder: calls, down to one that begins a statement. */
function isChain(node: Expression): boolean {
  for (let at = node; at.type === "CallExpression";) {
    const { callee } = at;
    if (callee.type !== "MemberExpression") return false;
    if (
      callee.property.type === "Identifier" &&
      /^(?:selectFrom|updateTable|deleteFrom|insertInto)$/.test(callee.property.name)
    ) {
      return true;
    }
    if (callee.object.type === "Super") return false;
    at = callee.object;
  }
  return false;
}

function shift(cut: Cut, by: number): Cut {
  return { ...cut, start: cut.start + by, end: cut.end + by };
}

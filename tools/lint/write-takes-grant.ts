import { owners } from "../../packages/server/src/ground/database/owners.ts";
import { placeOf } from "./packages.ts";
import type { Node, Rule } from "./rule.ts";
import { serverFolderOf } from "./server-folders.ts";

const message =
  "What writes takes the grant of it (Granted, GrantedWithin, GrantedList), and its ids from there: authorize() stands in whoever calls this.";

/** What this rule looks at of a node. */
interface Syntax {
  readonly type: string;
  readonly parent?: Syntax | null;
  readonly name?: string;
  readonly value?: unknown;
  readonly id?: Syntax | null;
  readonly key?: Syntax;
  readonly params?: readonly Syntax[];
  readonly callee?: Syntax;
  readonly returnType?: unknown;
  readonly typeAnnotation?: unknown;
  readonly [field: string]: unknown;
}

const builders = new Set(["insertInto", "updateTable", "deleteFrom", "mergeInto", "replaceInto"]);
const sqlWrite = /\b(?:insert\s+into|(?<!\b(?:for|do)\s+)update|delete\s+from|merge\s+into)\s+(?:only\s+)?"?(\w+)/gi;
const functions = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

/**
 * An exported function of a capability that writes rows has a parameter that is a grant to change something, or a type of
 * the feature that carries one: so that a check that was forgotten does not compile. A part of a file that others of it
 * call may leave that to them.
 */
export const writeTakesGrant: Rule = {
  meta: { type: "problem" },
  create(context) {
    const place = placeOf(context.filename);
    if (place?.package !== "server" || place.isTest) return {};
    const folder = serverFolderOf(place.path.replace(/^src\//, ""));
    // What has no noun of the domain knows no rights, and `access` makes them.
    if (folder === undefined || folder.startsWith("ground/") || folder === "access") return {};
    return {
      "Program:exit"(program) {
        const file = new WritingFile(program as unknown as Syntax, (node) => context.sourceCode.getText(node as Node));
        for (const node of file.unguarded()) context.report({ node: node as unknown as Node, message });
      },
    };
  },
};

/** What one file declares, and where it writes. */
class WritingFile {
  readonly #textOf: (node: unknown) => string;
  readonly #all: Syntax[] = [];
  /** Texts of the types that this file declares, by their names. */
  readonly #types = new Map<string, string>();
  /** What stands at the top of the file, by its name. */
  readonly #top = new Map<string, Syntax>();
  readonly #exported = new Set<string>();

  constructor(program: Syntax, textOf: (node: unknown) => string) {
    this.#textOf = textOf;
    this.#collect(program);
    for (const statement of (program["body"] ?? []) as Syntax[]) {
      const isExport = statement.type.startsWith("Export");
      this.#declare((isExport ? statement["declaration"] : statement) as Syntax | null | undefined, isExport);
      for (const { local } of (statement["specifiers"] ?? []) as { local?: Syntax }[]) {
        if (isExport && local?.name !== undefined) this.#exported.add(local.name);
      }
    }
  }

  /** Where it writes for whoever may call, without a grant. */
  unguarded(): Syntax[] {
    return this.#all.filter((node) => this.#writes(node) && !this.#isGuarded(node, new Set()));
  }

  #collect(node: Syntax): void {
    this.#all.push(node);
    for (const [field, value] of Object.entries(node)) {
      if (field === "parent") continue;
      for (const child of Array.isArray(value) ? (value as unknown[]) : [value]) {
        if (child !== null && typeof child === "object" && typeof (child as Syntax).type === "string") {
          this.#collect(child as Syntax);
        }
      }
    }
  }

  #declare(declaration: Syntax | null | undefined, isExported: boolean): void {
    if (!declaration) return;
    const parts = (declaration["declarations"] ?? [declaration]) as Syntax[];
    for (const part of parts) {
      const name = part.id?.name;
      if (name === undefined) continue;
      if (part.type.startsWith("TS")) this.#types.set(name, this.#textOf(part));
      else this.#top.set(name, part);
      if (isExported) this.#exported.add(name);
    }
  }

  #writes(node: Syntax): boolean {
    if (node.type === "TaggedTemplateExpression") {
      return this.#isSqlWrite(this.#textOf(node)) && !this.#isPart(node);
    }
    const { callee } = node;
    if (node.type !== "CallExpression" || callee?.type !== "MemberExpression") return false;
    const name = (callee["property"] as Syntax).name ?? "";
    if (builders.has(name)) return true;
    if (!["run", "all", "first"].includes(name)) return false;
    const object = callee["object"] as Syntax;
    const run = this.#namesIn(object).filter((each) => this.#isStatement(each));
    // Whoever wants no rows back writes.
    return run.some((each) => name === "run" || this.#isSqlWrite(this.#textWithParts(each)));
  }

  /** Text that is none of its own: inside a statement, which is looked at where it is run, or a part of one. */
  #isPart(node: Syntax): boolean {
    for (let at: Syntax | null | undefined = node; at; at = at.parent) {
      if (at.type === "CallExpression" && at.callee?.name === "defineStatement") return true;
      const type = at.returnType ?? (at.type === "VariableDeclarator" ? at.id?.typeAnnotation : undefined);
      if (type && /\bFragment\b/.test(this.#textOf(type))) return true;
    }
    return false;
  }

  #isStatement(name: string): boolean {
    const node = this.#top.get(name);
    return node !== undefined && this.#textWithParts(name).includes("defineStatement(");
  }

  /** The text of something at the top, with those of what it names of this file. */
  #textWithParts(name: string, seen = new Set<string>()): string {
    const node = this.#top.get(name);
    if (node === undefined || seen.has(name)) return "";
    seen.add(name);
    return [this.#textOf(node), ...this.#namesIn(node).map((each) => this.#textWithParts(each, seen))].join(" ");
  }

  #namesIn(node: Syntax): string[] {
    return [...new Set(this.#textOf(node).match(/[A-Za-z_$][\w$]*/g))].filter((name) => this.#top.has(name));
  }

  #isSqlWrite(text: string): boolean {
    const bare = text.replace(/--[^\n]*/g, " ").replace(/'[^']*'/g, "''");
    return [...bare.matchAll(sqlWrite)].some(([, table]) => Object.hasOwn(owners, table ?? ""));
  }

  /** Whether each way from the outside of the file to this place leads past a grant. */
  #isGuarded(node: Syntax, seen: Set<string>): boolean {
    let top = "";
    for (let at: Syntax | null | undefined = node; at; at = at.parent) {
      if (functions.has(at.type) && at.params?.some((param) => this.#isGrant(param))) return true;
      if (at.parent?.type === "Program" || at.parent?.type.startsWith("Export") === true) {
        top = this.#nameOfTop(at, node);
      }
    }
    if (top === "" || this.#exported.has(top)) return false;
    if (seen.has(top)) return true; // it calls itself: the other ways are looked at
    seen.add(top);
    const uses = this.#all.filter(
      (each) => each.type === "Identifier" && each.name === top && each !== this.#top.get(top)?.id,
    );
    return uses.every((use) => this.#isGuarded(use, seen));
  }

  #nameOfTop(statement: Syntax, node: Syntax): string {
    const text = this.#all.find(
      (each) => each.type === "VariableDeclarator" && isWithin(node, each) && this.#isTop(each),
    );
    return (text ?? statement).id?.name ?? "";
  }

  #isTop(declarator: Syntax): boolean {
    return [...this.#top.values()].includes(declarator);
  }

  #isGrant(param: Syntax): boolean {
    const inner = (param["left"] ?? param["argument"] ?? param["parameter"] ?? param) as Syntax;
    // Nothing of that name is null, whose text would be that of the file.
    return Boolean(inner.typeAnnotation) && this.#namesGrant(this.#textOf(inner.typeAnnotation), new Set());
  }

  /** Whether a type is a grant to do more than look, by its own words or those of a type that it names. */
  #namesGrant(text: string, seen: Set<string>): boolean {
    for (const [name] of text.matchAll(/[A-Za-z_$][\w$]*/g)) {
      const own = this.#types.get(name);
      if (own !== undefined) {
        if (seen.has(name)) continue;
        seen.add(name);
        if (this.#namesGrant(own.replace(name, ""), seen)) return true;
      } else if (/Grant/.test(name)) {
        const actions = text.match(/"\w+:\w+"/g) ?? [];
        if (actions.length === 0 || actions.some((action) => !action.endsWith(':read"'))) return true;
      }
    }
    return false;
  }
}

function isWithin(node: Syntax, outer: Syntax): boolean {
  for (let at: Syntax | null | undefined = node; at; at = at.parent) if (at === outer) return true;
  return false;
}

import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type Scalar,
} from "yaml";
import { formatPath, type ManifestProblem, type Path } from "./problem.ts";
import { protectExpressions } from "./protect.ts";
import { sourceOffset } from "./scalar-offsets.ts";

export const largestManifestBytes = 1024 * 1024;
/** How often aliases may be expanded in all; more is a mistake, or meant to fill the memory. */
export const mostAliasExpansions = 100;
/** How deep a manifest may nest: none needs more than ten. */
const deepestNesting = 50;
/** How many pieces of YAML a file may have; reading takes some microseconds for each. A long manifest has 5,000. */
const mostTokens = 100_000;

/** A YAML file as plain data, which still knows where everything stood. */
export class ManifestDocument {
  readonly file: string;
  /** Objects without prototype, arrays, texts, numbers, booleans and null. */
  readonly data: unknown;
  readonly #source: string;
  readonly #lines: LineCounter;
  readonly #nodes: ReadonlyMap<string, LocatedNode>;

  constructor(
    file: string,
    source: string,
    lines: LineCounter,
    data: unknown,
    nodes: ReadonlyMap<string, LocatedNode>,
  ) {
    this.file = file;
    this.data = data;
    this.#source = source;
    this.#lines = lines;
    this.#nodes = nodes;
  }

  /** A problem at a value; at its key with `"key"`; `textOffset` points into a text. Missing values: at what would hold them. */
  problem(
    path: Path,
    message: string,
    options: { allowed?: string; at?: "key"; textOffset?: number } = {},
  ): ManifestProblem {
    const offset = this.#offset(path, options);
    const { line, col } = this.#lines.linePos(offset);
    return {
      file: this.file,
      line: Math.max(1, line),
      column: Math.max(1, col),
      path: formatPath(path),
      message,
      allowed: options.allowed ?? "",
    };
  }

  /** A scalar as it was written: `1.10` stays "1.10". `undefined` for lists, maps and what is not there. */
  textAt(path: Path): string | undefined {
    const node = this.#nodes.get(keyOf(path))?.value;
    if (!isScalar(node)) return undefined;
    return typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
  }

  #offset(path: Path, { at, textOffset }: { at?: "key"; textOffset?: number }): number {
    for (let length = path.length; length >= 0; length--) {
      const found = this.#nodes.get(keyOf(path.slice(0, length)));
      if (!found) continue;
      const isWhole = length === path.length;
      if (isWhole && textOffset !== undefined && isScalar(found.value)) {
        return sourceOffset(this.#source, found.value, textOffset);
      }
      // Something missing is shown at the name of what lacks it; a list's item has none.
      const place = (isWhole && at === "key") || !isWhole ? (found.key ?? found.value) : found.value;
      return place?.range?.[0] ?? 0;
    }
    return 0;
  }
}

interface LocatedNode {
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}

/** Reads YAML 1.2 (core schema): one document, UTF-8, no tags. Never throws; all faults of the text come at once. */
export function readManifest(
  file: string,
  bytes: Uint8Array,
): { ok: true; document: ManifestDocument } | { ok: false; problems: ManifestProblem[] } {
  const whole = (message: string): { ok: false; problems: ManifestProblem[] } => ({
    ok: false,
    problems: [{ file, line: 1, column: 1, path: "", message, allowed: "" }],
  });
  if (bytes.length > largestManifestBytes) {
    return whole(`The file has ${bytes.length} bytes; at most ${largestManifestBytes} are allowed.`);
  }
  let source: string;
  try {
    source = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return whole("The file is not UTF-8 text."); // the decoder says no more than that
  }
  const { text, restore } = protectExpressions(source);
  const tooMuch = excess(text);
  if (tooMuch !== undefined) return whole(tooMuch);
  const lines = new LineCounter();
  let parsed: Document;
  try {
    parsed = parseDocument(text, {
      version: "1.2",
      schema: "core",
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: false,
      uniqueKeys: false, // its own check takes the square of the keys' number; NodeReader looks
    });
  } catch (error) {
    if (error instanceof RangeError) return whole("The file nests too deeply.");
    throw error;
  }
  const problems: ManifestProblem[] = parsed.errors.slice(0, 50).map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { file, line, column: col, path: "", message: yamlMessage(restore(error.message)), allowed: "" };
  });
  if (problems.length > 0) return { ok: false, problems };
  const reader = new NodeReader(parsed, restore);
  const data = reader.read(parsed.contents, [], undefined, 0);
  const document = new ManifestDocument(file, source, lines, data, reader.nodes);
  const faults = reader.faults.map(({ path, message, node }) => {
    const { line, col } = lines.linePos(node?.range?.[0] ?? 0);
    return { file, line: Math.max(1, line), column: Math.max(1, col), path: formatPath(path), message, allowed: "" };
  });
  if (faults.length > 0) return { ok: false, problems: faults };
  if (data === null || data === undefined)
    return whole("The file is empty; it must have at least workspace and agents.");
  return { ok: true, document };
}

/** What would make reading take long, found by a quick look; the reader itself would try. */
function excess(text: string): string | undefined {
  let tokens = 0;
  let depth = 0;
  for (const token of new Lexer().lex(text)) {
    if (++tokens > mostTokens) return `The file holds more than ${mostTokens} pieces of YAML.`;
    if (token === "[" || token === "{") depth++;
    if (token === "]" || token === "}") depth--;
    if (depth > 2 * deepestNesting) return `Values may nest ${deepestNesting} levels deep.`;
  }
  return undefined;
}

function yamlMessage(message: string): string {
  if (message.includes("call stack")) return "The file nests too deeply."; // the library's own net
  return /[.?!]$/.test(message) ? message : `${message}.`;
}

/** Turns nodes into data, expanding aliases, and remembers each by its path. */
class NodeReader {
  readonly nodes = new Map<string, LocatedNode>();
  readonly faults: { path: Path; message: string; node: Node | undefined }[] = [];
  readonly #document: Document;
  readonly #restore: (text: string) => string;
  #expansions = 0;

  constructor(document: Document, restore: (text: string) => string) {
    this.#document = document;
    this.#restore = restore;
  }

  read(node: unknown, path: Path, key: Node | undefined, depth: number): unknown {
    if (this.#isOver()) return null;
    if (depth > deepestNesting) return this.#fault(path, `Values may nest ${deepestNesting} levels deep.`, key);
    if (isAlias(node)) {
      if (++this.#expansions > mostAliasExpansions) {
        return this.#fault(path, `Aliases may be expanded ${mostAliasExpansions} times in all.`, node);
      }
      const anchored = node.resolve(this.#document);
      if (!anchored) return this.#fault(path, `There is no anchor "${node.source}" before this alias.`, node);
      return this.read(anchored, path, key, depth + 1);
    }
    if (isScalar(node)) return this.#scalar(node, path, key);
    if (isMap(node) || isSeq(node)) {
      this.nodes.set(keyOf(path), { key, value: node });
      if (node.tag !== undefined) this.#fault(path, `Tags such as ${node.tag} are not allowed.`, node);
      if (isSeq(node)) return node.items.map((item, index) => this.read(item, [...path, index], undefined, depth + 1));
      return this.#map(node.items, path, depth);
    }
    this.nodes.set(keyOf(path), { key, value: undefined });
    return null;
  }

  #scalar(node: Scalar, path: Path, key: Node | undefined): unknown {
    if (typeof node.value === "string") node.value = this.#restore(node.value);
    if (node.source !== undefined) node.source = this.#restore(node.source);
    this.nodes.set(keyOf(path), { key, value: node });
    if (node.tag !== undefined) return this.#fault(path, `Tags such as ${node.tag} are not allowed.`, node);
    if (typeof node.value === "number" && !Number.isFinite(node.value)) {
      return this.#fault(path, `${node.source ?? "This"} is no number that can be used here.`, node);
    }
    return node.value;
  }

  #map(items: readonly { key: unknown; value: unknown }[], path: Path, depth: number): unknown {
    // Without a prototype, so that a key named __proto__ is a key like any other.
    const data: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const { key, value } of items) {
      if (!isScalar(key) || key.value === null || typeof key.value === "object" || key.tag !== undefined) {
        this.#fault(
          path,
          "Keys must be plain texts.",
          isAlias(key) || isMap(key) || isSeq(key) || isScalar(key) ? key : undefined,
        );
        continue;
      }
      const name = this.#restore(typeof key.value === "string" ? key.value : (key.source ?? JSON.stringify(key.value)));
      if (name in data) {
        this.#fault([...path, name], `The key "${name}" is there twice.`, key);
        continue;
      }
      data[name] = this.read(value, [...path, name], key, depth + 1);
    }
    return data;
  }

  #fault(path: Path, message: string, node: Node | undefined): null {
    if (!this.#isOver()) this.faults.push({ path, message, node });
    return null;
  }

  /** After the first hundred faults nothing new is learned, and aliases without end would go on. */
  #isOver(): boolean {
    return this.faults.length >= 100 || this.#expansions > mostAliasExpansions + 1;
  }
}

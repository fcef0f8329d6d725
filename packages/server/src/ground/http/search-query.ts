import { ApiError } from "@hearth/sdk";

/** A parsed `q`: keys with their values in the order given, and what stood without a key. All lower-case. */
export interface SearchQuery {
  readonly free: string;
  readonly keys: ReadonlyMap<string, readonly string[]>;
}

/**
 * Parses the `q` of lists: blanks part tokens, double quotes keep blanks (and colons) together, a token with one colon is
 * `key:value`, the rest is one free term.
 *
 * @throws ApiError `bad_query` on field `q` for a token with more than one unquoted colon, or one at its end
 * @see spec/api.md §4
 */
export function parseSearchQuery(text: string): SearchQuery {
  const keys = new Map<string, string[]>();
  const free: string[] = [];
  for (const token of tokens(text.toLowerCase())) {
    const parts = splitUnquoted(token, ":");
    if (parts.length === 1) {
      free.push(unquote(token));
      continue;
    }
    const [key = "", value = ""] = parts;
    if (parts.length > 2 || key === "" || value === "") {
      throw refuseQuery("q", `Query element "${token}" can only contain 1 ':' between a key and a value`);
    }
    keys.set(unquote(key), [...(keys.get(unquote(key)) ?? []), unquote(value)]);
  }
  return { free: free.join(" "), keys };
}

/** The refusal of one key of a `q`, or of the whole. */
export function refuseQuery(field: string, detail: string): ApiError {
  return new ApiError("bad_query", "Invalid search query.", { validations: [{ field, detail }] });
}

/** Reads keys of a query one by one; {@link SearchReader.finish} refuses what nobody asked for. */
export class SearchReader {
  readonly #query: SearchQuery;
  readonly #known = new Set<string>();

  constructor(query: SearchQuery) {
    this.#query = query;
  }

  /** Values of a key that takes a list: commas and repetition both part them. */
  list(key: string): string[] {
    this.#known.add(key);
    return (this.#query.keys.get(key) ?? []).flatMap((value) => value.split(",")).filter((value) => value !== "");
  }

  /** The value of a key that takes one. */
  one(key: string): string | undefined {
    this.#known.add(key);
    const values = this.#query.keys.get(key) ?? [];
    if (values.length > 1) throw refuseQuery(key, `Query param "${key}" provided more than once`);
    return values[0];
  }

  bool(key: string): boolean | undefined {
    const value = this.one(key);
    if (value === undefined) return undefined;
    if (value === "true") return true;
    if (value === "false") return false;
    throw refuseQuery(key, `Query param "${key}" must be true or false, not "${value}"`);
  }

  time(key: string): Date | undefined {
    const value = this.one(key);
    if (value === undefined) return undefined;
    const isTime = /^\d{4}-\d{2}-\d{2}t\d{2}:\d{2}:\d{2}(\.\d+)?(z|[+-]\d{2}:\d{2})$/.test(value);
    const time = new Date(value.toUpperCase());
    if (!isTime || Number.isNaN(time.getTime())) {
      throw refuseQuery(key, `Query param "${key}" must be a time of RFC 3339 in quotes, not "${value}"`);
    }
    return time;
  }

  /** Values of a list that must be among `allowed`. */
  words<const Word extends string>(key: string, allowed: readonly Word[]): Word[] {
    return this.list(key).map((value) => {
      const word = allowed.find((each) => each === value);
      if (word === undefined) throw refuseQuery(key, `"${value}" is none of ${allowed.join(", ")}`);
      return word;
    });
  }

  /** @throws ApiError `bad_query` naming a key that was never read */
  finish(): void {
    for (const key of this.#query.keys.keys()) {
      if (!this.#known.has(key)) throw refuseQuery(key, `"${key}" is not a valid query param`);
    }
  }
}

function tokens(text: string): string[] {
  return splitUnquoted(text, /\s/).filter((token) => token !== "");
}

/** Splits outside double quotes; a quote that never closes is no error. */
function splitUnquoted(text: string, separator: string | RegExp): string[] {
  const parts = [""];
  let isQuoted = false;
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted;
    const isSeparator = typeof separator === "string" ? character === separator : separator.test(character);
    if (isSeparator && !isQuoted) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts;
}

function unquote(text: string): string {
  return text.replaceAll('"', "");
}

/**
 * The same without what JSON of the database refuses, at any depth: U+0000 and halves of surrogate pairs, which models and
 * programs may say. Pure.
 */
export function storable<T>(value: T): T {
  return walk(value) as T; // of the same shape
}

function walk(value: unknown): unknown {
  if (typeof value === "string") return clean(value);
  if (Array.isArray(value)) return value.map(walk);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [clean(name), walk(inner)]));
}

function clean(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}

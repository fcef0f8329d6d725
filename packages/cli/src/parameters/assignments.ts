import { UsageError } from "#means/failure.ts";

/**
 * Reads `name=value` words into a map; the value is all that follows the first `=`.
 * @throws UsageError naming the flag and the word that is no assignment.
 */
export function parseAssignments(flag: string, words: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const word of words) {
    const at = word.indexOf("=");
    if (at < 1) throw new UsageError(`${flag} takes name=value, not "${word}"`);
    values.set(word.slice(0, at), word.slice(at + 1));
  }
  return values;
}

const longest = 8 * 1024;

/** What is wrong with a key: it goes into a header, which takes printable ASCII alone. @see RFC 9110 §5.5 */
export function faultOfApiKey(apiKey: string): string | undefined {
  if (apiKey === "") return "must not be empty";
  if (apiKey.length > longest) return `must be at most ${longest} characters`;
  return /^[\x21-\x7e]+$/.test(apiKey) ? undefined : "must be printable ASCII characters without blanks";
}

/** A key as it may be shown: no more than its first and last character. */
export function maskedKey(apiKey: string): string {
  // Of a short one two characters would be half of it.
  if (apiKey.length < 8) return "...";
  return `${apiKey.slice(0, 1)}...${apiKey.slice(-1)}`;
}

/** PostgreSQL's text has no NUL, and its JSON no half of a surrogate pair: both are shown as replaced. */
export function storable(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}

/** Where nothing was said in words. */
const untitled = "New chat";
const mostWords = 6;
const mostCharacters = 80;

/** The title of a chat until it has a better one: its first words, with dots where some were cut. Pure. @see spec/chat.md §20 */
export function fallbackTitle(prompt: string): string {
  const words = prompt.split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return untitled;
  const kept = words.slice(0, mostWords).join(" ");
  const characters = Array.from(kept);
  if (characters.length > mostCharacters) return `${characters.slice(0, mostCharacters - 1).join("")}…`;
  return words.length > mostWords ? `${characters.slice(0, mostCharacters - 1).join("")}…` : kept;
}

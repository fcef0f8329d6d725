/** Markdown without its marks: what a terminal shows. Takes time linear in the text's length. */
export function plainText(markdown: string): string {
  return (
    markdown
      // No bracket within brackets: else each that is open would be looked for to the end of the text.
      .replace(/!?\[([^[\]]*)\]\([^()]*\)/g, "$1")
      .replace(/[*_`#>]+/g, "")
      .trim()
  );
}

/** Schemes that would run something on our own origin. Others, as editors' `vscode:`, are the point of an app link. */
const dangerous = new Set(["javascript:", "data:", "vbscript:", "blob:", "file:", "about:", "view-source:"]);

/** The address when it can be linked to, though a template's author wrote it; undefined when it cannot. */
export function safeUrl(address: string | undefined): string | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  return dangerous.has(url.protocol) ? undefined : url.href;
}

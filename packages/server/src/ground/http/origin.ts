/** Who a browser says asks, and whom it asked. */
export interface Asker {
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`, which no page can set. */
  readonly fetchSite: string | undefined;
  readonly host: string | undefined;
  readonly accessUrl: string;
}

/**
 * Whether a browser says that the page that asks is of another address: another port of the same host is one, too. What
 * is absent says nothing, for programs send neither header. An own page is one of the host that was asked, or of the
 * access URL, which a proxy in front may serve under another name.
 */
export function isForeignPage({ origin, fetchSite, host, accessUrl }: Asker): boolean {
  // `none`: no page asks, but whoever typed the address.
  if (fetchSite !== undefined && fetchSite !== "same-origin" && fetchSite !== "none") return true;
  if (origin === undefined) return false;
  const page = webUrl(origin);
  if (page === undefined) return true; // `null` of a sandboxed frame, or nonsense
  // A host that names the standard port is the same as one that does not; whether it was https, a proxy knows.
  const asked = host === undefined ? undefined : webUrl(`${page.protocol}//${host}`);
  return page.host !== asked?.host && page.origin !== webUrl(accessUrl)?.origin;
}

function webUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === "http:" || url.protocol === "https:" ? url : undefined;
}

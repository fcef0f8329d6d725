import { createClient, type Client } from "@hearth/sdk";

/** What the server replaces in the page that it serves; there as it is, nobody did (the development server). */
const placeholder = "__CSRF_TOKEN__";

/** A client of the server this page came from: the session cookie tells who calls, the CSRF token that it is us. */
export function createPageClient(page: Document): Client {
  const csrfToken = page.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? placeholder;
  return createClient({
    url: page.location.origin,
    headers: () => (csrfToken === placeholder ? {} : { "X-CSRF-TOKEN": csrfToken }),
  });
}

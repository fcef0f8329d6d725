/**
 * Whether a browser's request comes from a page of this server. Programs send no `Origin` and are let in by their token;
 * a page of another origin would use its visitor's cookie, which no CORS rule stops on a WebSocket.
 */
export function isForeignOrigin(origin: string | undefined, host: string | undefined, accessUrl: string): boolean {
  if (origin === undefined) return false;
  let parsed: URL;
  try {
    parsed = new URL(origin);
  } catch {
    return true; // `null` of a sandboxed frame, or nonsense
  }
  return parsed.host !== host && parsed.origin !== new URL(accessUrl).origin;
}

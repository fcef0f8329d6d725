import { randomBytes, timingSafeEqual } from "node:crypto";

export const csrfCookie = "csrf_token";

export interface CsrfFacts {
  readonly method: string;
  readonly path: string;
  /** The session cookie's value, undefined when there is none. */
  readonly sessionCookie: string | undefined;
  /** The token of header or query. */
  readonly sessionHeader: string | undefined;
  readonly authorization: string | undefined;
  readonly csrfCookie: string | undefined;
  readonly csrfHeader: string | undefined;
}

/** Written to before anyone has a session. */
const exempt = new Set(["/api/v2/users/first", "/api/v2/csp/reports"]);

/**
 * Whether a request must be refused because a foreign page may have sent it: it changes something and its only proof is a
 * cookie. @see spec/api.md §2, "CSRF"
 */
export function breaksCsrfRule(facts: CsrfFacts): boolean {
  if (["GET", "HEAD", "OPTIONS"].includes(facts.method) || !facts.path.startsWith("/api")) return false;
  if (facts.sessionCookie === undefined || facts.sessionCookie === "" || exempt.has(facts.path)) return false;
  if (facts.authorization?.startsWith("Bearer ") === true) return false;
  if (facts.sessionHeader !== undefined && facts.sessionHeader !== "") {
    return !equal(facts.sessionHeader, facts.sessionCookie);
  }
  if (facts.csrfCookie === undefined || facts.csrfHeader === undefined) return true;
  return !equal(facts.csrfCookie, facts.csrfHeader);
}

export function newCsrfToken(): string {
  return randomBytes(32).toString("base64url");
}

function equal(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

import { randomBytes, timingSafeEqual } from "node:crypto";

export const csrfCookie = "csrf_token";

/** What a request brings to say who asks. */
export interface Proof {
  /** The session cookie's value, undefined when there is none. */
  readonly sessionCookie: string | undefined;
  /** The token of header or query. */
  readonly sessionHeader: string | undefined;
  readonly authorization: string | undefined;
}

export interface CsrfFacts extends Proof {
  /** Whether the method may change something. */
  readonly changes: boolean;
  /** Whether the browser says that a page of another address asks. @see isForeignPage */
  readonly isForeign: boolean;
  /** Of the matched route: pages of other addresses are refused though they bring no session. */
  readonly ownPagesOnly: boolean;
  /** Media type of the body, "" for one that names none; undefined without a body. */
  readonly bodyType: string | undefined;
  /** What the matched route takes from a browser. */
  readonly bodyTypes: readonly string[];
  readonly csrfCookie: string | undefined;
  readonly csrfHeader: string | undefined;
}

/** What a route takes from a browser when it does not say otherwise: no form of another site sends it. */
export const jsonOnly: readonly string[] = ["application/json"];

/**
 * Whether a request is let in by the cookie, which a browser sends whoever's page asks. A token in header or query speaks
 * for whoever sends it only when it is the cookie's own: of two the cookie counts, and any page can write a query.
 */
export function restsOnCookie({ sessionCookie, sessionHeader, authorization }: Proof): boolean {
  if (!hasText(sessionCookie) || authorization?.startsWith("Bearer ") === true) return false;
  return !hasText(sessionHeader) || !equal(sessionHeader, sessionCookie);
}

/**
 * Whether a request must be refused because a foreign page may have sent it: it changes something and its only proof is a
 * cookie, or it asks for a session. Knows no address: the matched route says what it is. @see spec/api.md §2, "CSRF"
 */
export function breaksCsrfRule(facts: CsrfFacts): boolean {
  if (!facts.changes) return false;
  if (facts.ownPagesOnly && facts.isForeign) return true;
  // A Bearer header waives the token, and the cookie is what counts all the same: no page of another address may use it.
  if (facts.isForeign && hasText(facts.sessionCookie) && isOfAnother(facts)) return true;
  if (!restsOnCookie(facts)) return false;
  if (hasText(facts.sessionHeader) || facts.isForeign) return true;
  if (facts.bodyType !== undefined && !facts.bodyTypes.includes(facts.bodyType)) return true;
  if (facts.csrfCookie === undefined || facts.csrfHeader === undefined) return true;
  return !equal(facts.csrfCookie, facts.csrfHeader);
}

export function newCsrfToken(): string {
  return randomBytes(32).toString("base64url");
}

/** Whether a Bearer header names another session than the cookie. */
function isOfAnother({ authorization, sessionCookie = "" }: Proof): boolean {
  return authorization?.startsWith("Bearer ") === true && !equal(authorization.slice("Bearer ".length), sessionCookie);
}

function hasText(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}

function equal(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

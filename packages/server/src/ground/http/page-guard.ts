import type { FastifyRequest } from "fastify";
import { parseCookies } from "./cookies.ts";
import { breaksCsrfRule, csrfCookie, jsonOnly, restsOnCookie, type Proof } from "./csrf.ts";
import { isForeignPage } from "./origin.ts";

const readingMethods: readonly string[] = ["GET", "HEAD", "OPTIONS"];

/**
 * Whether a page of another address may have sent the request in its visitor's name. Goes by the route that the router
 * found; where it found none, the strictest rule holds.
 */
export function isForged(request: FastifyRequest, accessUrl: string): boolean {
  const declared = request.routeOptions.config.declared?.definition;
  return breaksCsrfRule({
    ...proofOf(request),
    changes: !readingMethods.includes(request.method),
    isForeign: isFromForeignPage(request, accessUrl),
    ownPagesOnly: declared?.ownPagesOnly === true,
    bodyType: bodyTypeOf(request),
    bodyTypes: declared?.bodyTypes ?? jsonOnly,
    csrfCookie: parseCookies(request.headers.cookie).get(csrfCookie),
    csrfHeader: firstOf(request.headers["x-csrf-token"]),
  });
}

/** The same for what is opened by reading: a stream or a socket, whose visitor's cookie no CORS rule keeps back. */
export function isOfForeignPage(request: FastifyRequest, accessUrl: string): boolean {
  return restsOnCookie(proofOf(request)) && isFromForeignPage(request, accessUrl);
}

function proofOf(request: FastifyRequest): Proof {
  const query = request.query as Record<string, string | string[] | undefined>; // parsed by the router
  return {
    sessionCookie: parseCookies(request.headers.cookie).get("coder_session_token"),
    sessionHeader: firstOf(request.headers["coder-session-token"]) ?? firstOf(query["coder_session_token"]),
    authorization: request.headers.authorization,
  };
}

function isFromForeignPage({ headers }: FastifyRequest, accessUrl: string): boolean {
  const { origin, host } = headers;
  return isForeignPage({ origin, host, fetchSite: firstOf(headers["sec-fetch-site"]), accessUrl });
}

/** The media type without its parameters; a body that names none has the type "". */
function bodyTypeOf({ headers }: FastifyRequest): string | undefined {
  const isSent = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  if (!isSent) return undefined;
  return (headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

function firstOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

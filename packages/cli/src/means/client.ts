import { createClient, type Client } from "@hearth/sdk";
import { httpFetch } from "#api/http-fetch.ts";
import type { Session } from "./session.ts";
import { Failure } from "./failure.ts";
import { version } from "#version.ts";

/**
 * The client of a session.
 * @throws Failure when no server is named, or nobody is logged in there.
 */
export function clientOf(session: Session, signal: AbortSignal): Client {
  if (session.url === undefined) {
    throw new Failure("You are not logged in.", { hint: "Log in with: hearth login <url>" });
  }
  if (session.token === undefined) {
    throw new Failure(`You are not logged in to ${session.url}.`, { hint: `Log in with: hearth login ${session.url}` });
  }
  return clientFor(session.url, session.token, signal);
}

/** A client that ends its calls when `signal` aborts, unless a call brings a signal of its own. */
export function clientFor(url: string, token: string | undefined, signal: AbortSignal): Client {
  return createClient({
    url,
    token,
    headers: () => ({ "User-Agent": `hearth-cli/${version}` }),
    fetch: (address, init) => httpFetch(address, { ...init, signal: init.signal ?? signal }),
  });
}

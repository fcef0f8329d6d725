// http: requests and answers. Owns the app, the order of checks, limits, streams and sockets. Promises: a route's declared
// access was granted before it answers; every refusal is a Response with a code. Knows no capability.
export { buildApp, type App } from "./app.ts";
export { EventStream } from "./event-stream.ts";
export { findUuid, givenId, parseUuid } from "./ids.ts";
export { parseCookies } from "./cookies.ts";
export { csrfCookie } from "./csrf.ts";
export { agentOf, bothPrefixes, route, userOf, type Access, type Route } from "./route.ts";
export { parseSearchQuery, refuseQuery, SearchReader } from "./search-query.ts";

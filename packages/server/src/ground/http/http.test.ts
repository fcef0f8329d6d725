import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { ApiError } from "@hearth/sdk";
import { silentLogger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { MemoryPubSub } from "../pubsub/index.ts";
import { parseCookies } from "./cookies.ts";
import { breaksCsrfRule, jsonOnly, restsOnCookie, type CsrfFacts } from "./csrf.ts";
import { isForeignPage, type Asker } from "./origin.ts";
import { parseBody, parseQuery } from "./parse-body.ts";
import { RateLimiter } from "./rate-limit.ts";
import { parseSearchQuery, SearchReader } from "./search-query.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const Body = z.object({ name: z.string(), count: z.int().optional(), tags: z.array(z.string()).optional() });

function refusal(run: () => unknown): ApiError {
  try {
    run();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

test.for([
  ["{", "broken JSON"],
  ["", "no body"],
  ["[1]", "a list in the place of an object"],
  ['{"name": 7}', "a number in the place of a text"],
  ['{"name": "a", "tags": "b"}', "a text in the place of a list"],
])("%s is refused as JSON of another shape: no validations", ([text]) => {
  const error = refusal(() => parseBody(Body, bytes(text ?? "")));

  expect(error.message).toBe("Request body must be valid JSON.");
  expect(error.validations).toEqual([]);
  expect(error.detail).toBeTruthy();
});

test("every missing field is named at once", () => {
  const error = refusal(() =>
    parseBody(z.object({ a: z.string(), b: z.string(), c: z.string().optional() }), bytes("{}")),
  );

  expect(error.validations.map((validation) => validation.field)).toEqual(["a", "b"]);
});

test("null counts as not given, unknown fields are left out", () => {
  expect(parseBody(Body, bytes('{"name":"a","count":null,"more":1}'))).toEqual({ name: "a" });
});

test.for<[what: string, body: unknown, validations: { field: string; detail: RegExp }[]]>([
  ["U+0000", { name: "a\0b" }, [{ field: "name", detail: /U\+0000/ }]],
  ["half a surrogate pair", { name: "a\ud800" }, [{ field: "name", detail: /surrogate/ }]],
  [
    "both, in several fields",
    { name: "\0", tags: ["fine", "\udfff"] },
    [
      { field: "name", detail: /U\+0000/ },
      { field: "tags.1", detail: /surrogate/ },
    ],
  ],
])("a text with %s, which no database takes, is refused by its field", ([, body, validations]) => {
  const error = refusal(() => parseBody(Body, bytes(JSON.stringify(body))));

  expect(error.code).toBe("validation_failed");
  expect(error.validations).toEqual(
    validations.map(({ field, detail }) => ({ field, detail: expect.stringMatching(detail) as string })),
  );
});

test("names of a record are texts, too; unknown fields are not looked at", () => {
  const error = refusal(() => parseBody(z.record(z.string(), z.string()), bytes('{"a\\u0000": "x"}')));

  expect(error.validations).toEqual([{ field: "", detail: "must not hold the character U+0000" }]);
  expect(parseBody(Body, bytes('{"name":"a","more":"\\u0000"}'))).toEqual({ name: "a" });
});

test("who takes any text gets it", () => {
  expect(parseBody(Body, bytes('{"name":"\\u0000"}'), { anyText: true })).toEqual({ name: "\0" });
});

test("a search for U+0000 is refused by its parameter", () => {
  const error = refusal(() => parseQuery(z.object({ q: z.string() }), { q: "\0" }));

  expect(error).toMatchObject({ code: "bad_query", validations: [{ field: "q" }] });
});

test("64 levels of nesting are read, more are refused before they end the stack", () => {
  const nested = (levels: number) => bytes(`${"[".repeat(levels)}${"]".repeat(levels)}`);

  expect(() => parseBody(z.unknown(), nested(64))).not.toThrow();
  expect(refusal(() => parseBody(z.unknown(), nested(65))).detail).toBe("the body is nested deeper than 64 levels");
  expect(refusal(() => parseBody(z.unknown(), nested(200_000))).code).toBe("bad_json");
});

const facts: CsrfFacts = {
  changes: true,
  isForeign: false,
  ownPagesOnly: false,
  sessionCookie: "key",
  sessionHeader: undefined,
  authorization: undefined,
  bodyType: "application/json",
  bodyTypes: jsonOnly,
  csrfCookie: undefined,
  csrfHeader: undefined,
};
const proven = { csrfCookie: "t", csrfHeader: "t" };
test.for<[string, Partial<CsrfFacts>, boolean]>([
  ["a cookie alone", {}, true],
  ["reading", { changes: false }, false],
  ["reading for a foreign page", { changes: false, isForeign: true }, false],
  ["no session cookie", { sessionCookie: undefined }, false],
  ["an empty session cookie", { sessionCookie: "" }, false],
  ["no session cookie, for a foreign page", { sessionCookie: undefined, isForeign: true }, false],
  ["a session asked for by a foreign page", { sessionCookie: undefined, isForeign: true, ownPagesOnly: true }, true],
  ["a session asked for by a page of ours", { sessionCookie: undefined, ownPagesOnly: true }, false],
  ["the same key as a header", { sessionHeader: "key" }, false],
  ["the same key as a header, for a foreign page", { sessionHeader: "key", isForeign: true }, false],
  ["another key as a header", { sessionHeader: "other" }, true],
  ["another key as a header with the matching token", { sessionHeader: "other", ...proven }, true],
  ["an empty key as a header", { sessionHeader: "" }, true],
  ["a bearer token", { authorization: "Bearer x" }, false],
  ["a bearer token of another session, for a foreign page", { authorization: "Bearer x", isForeign: true }, true],
  ["the same key as a bearer token, for a foreign page", { authorization: "Bearer key", isForeign: true }, false],
  ["another way to prove oneself", { authorization: "Basic x" }, true],
  ["the matching token", proven, false],
  ["the matching token from a foreign page", { ...proven, isForeign: true }, true],
  ["the matching token with a text", { ...proven, bodyType: "text/plain" }, true],
  ["the matching token with a form", { ...proven, bodyType: "application/x-www-form-urlencoded" }, true],
  ["the matching token with a body of no type", { ...proven, bodyType: "" }, true],
  ["the matching token without a body", { ...proven, bodyType: undefined }, false],
  ["the matching token with what the route takes", { ...proven, bodyType: "a/b", bodyTypes: ["a/b"] }, false],
  ["the matching token with JSON that the route does not take", { ...proven, bodyTypes: ["a/b"] }, true],
  ["another token", { csrfCookie: "t", csrfHeader: "u" }, true],
  ["a token without its cookie", { csrfHeader: "t" }, true],
])("CSRF: %s", ([, change, refused]) => {
  expect(breaksCsrfRule({ ...facts, ...change })).toBe(refused);
});

test.for<[Partial<CsrfFacts>, boolean]>([
  [{}, true],
  [{ sessionCookie: undefined, sessionHeader: "key" }, false],
  [{ sessionHeader: "key" }, false],
  // Any page can write a query, and the cookie counts before it.
  [{ sessionHeader: "junk" }, true],
  [{ authorization: "Bearer x" }, false],
])("a request with %o rests on its cookie: %s", ([change, rests]) => {
  expect(restsOnCookie({ ...facts, ...change })).toBe(rests);
});

const asker = { host: "127.0.0.1:7080", accessUrl: "https://hearth.example.com" };
test.for<[Partial<Asker>, boolean]>([
  [{}, false],
  [{ origin: "http://127.0.0.1:7080" }, false],
  [{ origin: "https://127.0.0.1:7080" }, false],
  [{ origin: "https://hearth.example.com" }, false],
  [{ origin: "https://hearth.example.com", host: "internal:7080" }, false],
  [{ origin: "https://hearth.example.com", host: "HEARTH.example.com:443" }, false],
  [{ origin: "http://localhost:9000", host: "localhost:9000" }, false],
  [{ origin: "http://127.0.0.1:9" }, true],
  [{ origin: "http://127.0.0.1" }, true],
  [{ origin: "http://hearth.example.com" }, true],
  [{ origin: "https://hearth.example.com:8443" }, true],
  [{ origin: "https://dev--admin.hearth.example.com" }, true],
  [{ origin: "https://hearth.example.com.evil.example" }, true],
  [{ origin: "https://evil.example" }, true],
  [{ origin: "https://evil.example", host: undefined }, true],
  [{ origin: "null" }, true],
  [{ origin: "" }, true],
  [{ origin: "http://127.0.0.1:7080, http://evil.example" }, true],
  [{ origin: "file://127.0.0.1:7080" }, true],
  [{ fetchSite: "same-origin" }, false],
  [{ fetchSite: "none" }, false],
  [{ fetchSite: "same-site" }, true],
  [{ fetchSite: "cross-site" }, true],
  [{ fetchSite: "same-origin, cross-site" }, true],
  [{ fetchSite: "" }, true],
  [{ fetchSite: "cross-site", origin: "http://127.0.0.1:7080" }, true],
  [{ fetchSite: "same-origin", origin: "https://evil.example" }, true],
])("a page that says %o is foreign: %s", ([said, foreign]) => {
  expect(isForeignPage({ origin: undefined, fetchSite: undefined, ...asker, ...said })).toBe(foreign);
});

test("the limit holds within a minute and is over after it", async () => {
  const clock = new FakeClock();
  using limiter = new RateLimiter({ clock, pubsub: new MemoryPubSub(silentLogger) });
  const take = () => limiter.take("api", "me", 2).allowed;

  const first = [take(), take(), take()];
  await clock.advance(60_000);

  expect(first).toEqual([true, true, false]);
  expect(take()).toBe(true);
  expect(limiter.take("api", "me", 0).allowed).toBe(true);
});

test("the limit is one for all replicas, give or take the last twentieth, and who asks little is told of to nobody", async () => {
  const clock = new FakeClock();
  const pubsub = new MemoryPubSub(silentLogger);
  const told: number[] = [];
  using _ear = pubsub.subscribe("rate_spent", "*", {
    onMessage: ({ count }) => told.push(count),
    onDropped: () => undefined,
  });
  using one = new RateLimiter({ clock, pubsub });
  using other = new RateLimiter({ clock, pubsub });

  for (let count = 0; count < 4; count++) one.take("api", "quiet", 100);
  expect(told).toEqual([]);
  const verdicts = Array.from({ length: 240 }, (_, index) => (index % 2 === 0 ? one : other).take("api", "busy", 100));

  const allowed = verdicts.filter((verdict) => verdict.allowed).length;
  expect(allowed).toBeGreaterThanOrEqual(100);
  expect(allowed).toBeLessThanOrEqual(110);
  expect(verdicts[99]?.remaining).toBeLessThanOrEqual(5);
  expect(verdicts.at(-1)).toMatchObject({ allowed: false, remaining: 0 });
  // A flood beyond the limit is told of no more.
  expect(told.length).toBeLessThanOrEqual(2 * 21);
  await clock.advance(60_000);
  expect(other.take("api", "busy", 100)).toMatchObject({ allowed: true, remaining: 99 });
  pubsub.publish("rate_spent", "", {
    from: "00000000-0000-4000-8000-000000000001",
    window: 0,
    bucket: "api",
    caller: "busy",
    count: 90,
  });
  expect(other.take("api", "busy", 100).remaining).toBe(98); // of another minute
});

test("cookies are parsed by name, the first of two wins", () => {
  expect([...parseCookies("a=1; b=2=3; a=4; c")]).toEqual([
    ["a", "1"],
    ["b", "2=3"],
  ]);
});

test.for<[string, string, Record<string, string[]>]>([
  ["", "", {}],
  ["Dev  box", "dev box", {}],
  ["owner:me name:dev", "", { owner: ["me"], name: ["dev"] }],
  ['name:"a b" rest', "rest", { name: ["a b"] }],
  ['last_used_after:"2026-01-01T00:00:00Z"', "", { last_used_after: ["2026-01-01t00:00:00z"] }],
  ["param:a param:b=c", "", { param: ["a", "b=c"] }],
  ['"never closes', "never closes", {}],
])("the query %s", ([text, free, keys]) => {
  const query = parseSearchQuery(text);

  expect(query.free).toBe(free);
  expect(Object.fromEntries(query.keys)).toEqual(keys);
});

test.for(["a:b:c", ":a", "a:", "x ::"])("the query %s is refused on q", (text) => {
  expect(refusal(() => parseSearchQuery(text)).validations[0]?.field).toBe("q");
});

test("a key that nobody reads is refused by its name", () => {
  const reader = new SearchReader(parseSearchQuery("nonsense:x"));

  expect(refusal(() => reader.finish()).validations[0]?.field).toBe("nonsense");
});

test("any text is a query or a refusal, never a crash", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseSearchQuery(text);
      } catch (error) {
        expect(error).toBeInstanceOf(ApiError);
      }
    }),
  );
});

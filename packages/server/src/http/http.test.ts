import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { ApiError } from "@hearth/sdk";
import { FakeClock } from "@hearth/base/fake-clock";
import { parseCookies } from "./cookies.ts";
import { breaksCsrfRule, type CsrfFacts } from "./csrf.ts";
import { isForeignOrigin } from "./origin.ts";
import { parseBody } from "./parse-body.ts";
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

const facts: CsrfFacts = {
  method: "POST",
  path: "/api/v2/users",
  sessionCookie: "key",
  sessionHeader: undefined,
  authorization: undefined,
  csrfCookie: undefined,
  csrfHeader: undefined,
};
test.for<[string, Partial<CsrfFacts>, boolean]>([
  ["a cookie alone", {}, true],
  ["reading", { method: "GET" }, false],
  ["no session cookie", { sessionCookie: undefined }, false],
  ["outside the API", { path: "/assets/x" }, false],
  ["the first user", { path: "/api/v2/users/first" }, false],
  ["the same key as a header", { sessionHeader: "key" }, false],
  ["another key as a header", { sessionHeader: "other" }, true],
  ["a bearer token", { authorization: "Bearer x" }, false],
  ["the matching token", { csrfCookie: "t", csrfHeader: "t" }, false],
  ["another token", { csrfCookie: "t", csrfHeader: "u" }, true],
  ["a token without its cookie", { csrfHeader: "t" }, true],
])("CSRF: %s", ([, change, refused]) => {
  expect(breaksCsrfRule({ ...facts, ...change })).toBe(refused);
});

test.for<[string | undefined, boolean]>([
  [undefined, false],
  ["http://127.0.0.1:7080", false],
  ["https://hearth.example.com", false],
  ["https://evil.example", true],
  ["null", true],
  ["http://127.0.0.1:9", true],
])("a page of origin %s", ([origin, foreign]) => {
  expect(isForeignOrigin(origin, "127.0.0.1:7080", "https://hearth.example.com")).toBe(foreign);
});

test("the limit holds within a minute and is over after it", async () => {
  const clock = new FakeClock();
  const limiter = new RateLimiter(clock);
  const take = () => limiter.take("api", "me", 2).allowed;

  const first = [take(), take(), take()];
  await clock.advance(60_000);

  expect(first).toEqual([true, true, false]);
  expect(take()).toBe(true);
  expect(limiter.take("api", "me", 0).allowed).toBe(true);
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

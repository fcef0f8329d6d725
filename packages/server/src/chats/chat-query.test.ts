import { expect, test } from "vitest";
import { parseChatQuery } from "./chat-query.ts";
import { fallbackTitle } from "./fallback-title.ts";

test.for<[q: string, filter: object]>([
  ["", { archived: false, matchesNothing: false }],
  ["archived:true status:running,error", { archived: true, statuses: ["running", "error"] }],
  ['search:"two words" has_unread:true', { search: "two words", hasUnread: true }],
  ["source:shared_with_me", { source: "shared_with_me" }],
  ["repo:hearth", { matchesNothing: true }],
  ["pr_status:none", { matchesNothing: false }],
  ["pr_status:open", { matchesNothing: true }],
])("%j asks for %j", ([q, filter]) => {
  expect(parseChatQuery(q, ["a:b:c"])).toMatchObject({ ...filter, labels: { a: "b:c" } });
});

test.for(["bare", "status:pending", "colour:red", "search:a title:b", "source:mine"])("%j is refused", (q) => {
  expect(() => parseChatQuery(q, [])).toThrow("Invalid search query.");
});

test("a label has a key and a value", () => {
  for (const label of ["a", ":b"]) expect(() => parseChatQuery("", [label])).toThrow("Invalid search query.");
});

test.for([
  ["", "New chat"],
  ["  \n ", "New chat"],
  ["SCENARIO-A please", "SCENARIO-A please"],
  ["one two  three\nfour five six", "one two three four five six"],
  ["one two three four five six seven", "one two three four five six…"],
  [`${"a".repeat(90)} b`, `${"a".repeat(79)}…`],
] as const)("the title of %j is %j", ([prompt, title]) => {
  expect(fallbackTitle(prompt)).toBe(title);
});

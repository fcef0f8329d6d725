import fc from "fast-check";
import { expect, test } from "vitest";
import { ApiError } from "@hearth/sdk";
import { parseWorkspaceQuery } from "./workspace-query.ts";

const id = "11111111-2222-4333-8444-555555555555";

test.for<[string, object]>([
  ["", {}],
  ["dev", { name: "dev" }],
  ["name:DEV", { name: "dev" }],
  ["me/dev", { owner: "me", name: "dev" }],
  ["admin/", { owner: "admin", name: undefined }],
  ["owner:me/dev", { owner: "me/dev" }],
  ["owner:me status:running", { owner: "me", statuses: ["running"] }],
  ["status:running,failed status:stopped", { statuses: ["running", "failed", "stopped"] }],
  ["has-agent:wrong", { agentStatuses: ["wrong"] }],
  ["healthy:true", { agentStatuses: ["connected"] }],
  ["healthy:false", { agentStatuses: ["disconnected", "timeout"] }],
  ["dormant:true outdated:false", { isDormant: true, isOutdated: false }],
  ['last_used_after:"2020-01-01T00:00:00Z"', { usedAfter: new Date("2020-01-01T00:00:00Z") }],
  [`id:${id}`, { ids: [id] }],
  ["param:region param:size=l", { parameters: [{ name: "region" }, { name: "size", value: "l" }] }],
  ["has-ai-task:true", { matchesNothing: true }],
  ["has_external_agent:false", { matchesNothing: false }],
  ["shared:true shared_with_user:bob", { isShared: true, sharedWithUser: "bob" }],
  ['"unclosed', { name: "unclosed" }],
])("%s", ([text, expected]) => {
  expect(parseWorkspaceQuery(text)).toMatchObject(expected);
});

test.for([
  ["status:nonsense", "status"],
  ["is-dormant:true", "is-dormant"],
  ["deleted:true", "deleted"],
  ["nonsense:x", "nonsense"],
  ["last_used_after:yesterday", "last_used_after"],
  ["id:no", "id"],
  ["dormant:maybe", "dormant"],
  ["owner:", "q"],
  ["a:b:c", "q"],
  ["owner:me owner:me", "owner"],
] as const)("%s is refused on %s", ([text, field]) => {
  expect(() => parseWorkspaceQuery(text)).toThrow(
    expect.objectContaining({ status: 400, validations: [expect.objectContaining({ field })] }) as Error,
  );
});

test("any text is a filter, or is refused as none", () => {
  const part = fc.constantFrom("owner", ":", '"', " ", "status:running", "param", "=", ",", "/", "me", "é", "\t");
  const text = fc.oneof(
    fc.string(),
    fc.array(part).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(text, (query) => {
      try {
        expect(parseWorkspaceQuery(query)).toBeDefined();
      } catch (error) {
        expect(error).toBeInstanceOf(ApiError);
      }
    }),
  );
});

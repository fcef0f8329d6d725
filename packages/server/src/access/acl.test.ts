import { expect, test } from "vitest";
import { roleOf, withRoles, type Acl } from "./acl.ts";

test.for<[what: string, acl: Acl, roles: Record<string, "admin" | "use" | "">, after: Acl]>([
  ["gives", {}, { ada: "use" }, { ada: ["use"] }],
  ["leaves the others", { bob: ["admin"] }, { ada: "use" }, { bob: ["admin"], ada: ["use"] }],
  ["changes what was given", { ada: ["use"] }, { ada: "admin" }, { ada: ["admin"] }],
  ["takes away", { ada: ["use"], bob: ["use"] }, { ada: "" }, { bob: ["use"] }],
  ["takes away what is not there", { bob: ["use"] }, { ada: "" }, { bob: ["use"] }],
  ["changes nothing by nothing", { bob: ["ssh"] }, {}, { bob: ["ssh"] }],
])("a change of an access list %s", ([, acl, roles, after]) => {
  expect(withRoles(acl, roles)).toEqual(after);
});

test.for<[words: string[] | undefined, role: string | undefined]>([
  [["use"], "use"],
  [["use", "admin"], "admin"],
  [["ssh"], undefined],
  [[], undefined],
  [undefined, undefined],
])("who was given %j has the role %s", ([words, role]) => {
  expect(roleOf(words)).toBe(role);
});

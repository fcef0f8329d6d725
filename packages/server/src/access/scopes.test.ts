import { expect, test } from "vitest";
import { actions, type Action } from "./catalogue.ts";
import { isPublicScope, publicScopes, scopeAllows, scopesBeyond } from "./scopes.ts";

// As the reference lists them.
const recorded =
  "api_key:* api_key:create api_key:delete api_key:read api_key:update coder:all coder:apikeys.manage_self " +
  "coder:application_connect coder:templates.author coder:templates.build coder:workspaces.access coder:workspaces.create " +
  "coder:workspaces.delete coder:workspaces.operate file:* file:create file:read organization:* organization:delete " +
  "organization:read organization:update task:* task:create task:delete task:read task:update template:* template:create " +
  "template:delete template:read template:update template:use user:* user:read user:read_personal user:update_personal " +
  "user_secret:* user_secret:create user_secret:delete user_secret:read user_secret:update user_skill:* user_skill:create " +
  "user_skill:delete user_skill:read user_skill:update workspace:* workspace:application_connect workspace:create " +
  "workspace:delete workspace:read workspace:ssh workspace:start workspace:stop workspace:update";

test("a token may be made with the scopes that are recorded, and no others", () => {
  expect(publicScopes.join(" ")).toBe(recorded);
  expect(publicScopes.filter((scope) => !isPublicScope(scope))).toEqual([]);
  expect(["workspace:share", "workspace", "*", "coder:everything"].filter(isPublicScope)).toEqual([]);
});

const ofTemplates = actions.filter((action) => action.startsWith("template:"));

test.for<[scope: string, reached: readonly Action[]]>([
  ["coder:all", actions],
  ["coder:application_connect", ["workspace:application_connect"]],
  ["coder:apikeys.manage_self", ["api_key:create", "api_key:delete", "api_key:read", "api_key:update"]],
  ["coder:templates.author", ["file:create", "file:read", ...ofTemplates]],
  ["coder:templates.build", ["file:create", "file:read", "template:read"]],
  ["coder:workspaces.access", ["workspace:application_connect", "workspace:read", "workspace:ssh"]],
  [
    "coder:workspaces.create",
    ["template:read", "template:use", "workspace:create", "workspace:read", "workspace:update"],
  ],
  ["coder:workspaces.delete", ["workspace:delete", "workspace:read"]],
  ["coder:workspaces.operate", ["workspace:read", "workspace:start", "workspace:stop", "workspace:update"]],
  ["template:*", ofTemplates],
  ["workspace:read", ["workspace:read"]],
  ["workspace", []],
])("the scope %s reaches just what it says", ([scope, reached]) => {
  expect(actions.filter((action) => scopeAllows([scope], action)).toSorted()).toEqual(reached.toSorted());
});

test("several scopes reach what each does, none nothing, and all of a type is more than any part", () => {
  expect(scopeAllows(["template:read", "workspace:read"], "workspace:read")).toBe(true);
  expect(scopeAllows([], "workspace:read")).toBe(false);
  expect(scopesBeyond(["user:read"], ["user:*"])).toEqual(["user:*"]);
  // Of a type whose name only begins alike.
  expect(scopesBeyond(["user:*"], ["user_secret:read"])).toEqual(["user_secret:read"]);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { silentLogger } from "@hearth/base";
import { prebuildsUserId } from "@hearth/sdk";
import { anonymous, systemActor, type Actor, type UserActor } from "./actor.ts";
import { authorize } from "./authorize.ts";
import type { Action } from "./catalogue.ts";
import { createContext } from "./context.ts";
import type { RoleDefinition } from "./permission.ts";
import { decide, type ResourceObject } from "./reach.ts";
import { outranks, reachOf } from "./reach-of.ts";
import { scopesBeyond } from "./scopes.ts";

const isAllowed = (actor: Actor, action: Action, object: ResourceObject) => decide(reachOf(actor, action), object);

const org = "org-1";
function user(userId: string, roles: string[], scopes = ["coder:all"]): UserActor {
  return {
    kind: "user",
    userId,
    username: userId,
    roles: [...roles, "member"],
    organizationRoles: new Map([[org, ["organization-member"]]]),
    customRoles: [],
    groupIds: [],
    keyId: "",
    scopes,
    allowList: ["*:*"],
  };
}
const owner = user("owner", ["owner"]);
const mel = user("mel", []);
const agent: Actor = {
  kind: "agent",
  agentId: "a",
  workspaceId: "w-mel",
  buildId: "b",
  ownerId: "mel",
  organizationId: org,
  templateId: "t",
  apiKeyScope: "all",
};
const melsWorkspace = { id: "w-mel", ownerId: "mel", organizationId: org };
const anothers = { id: "w-bob", ownerId: "bob", organizationId: org };
/** As a new one is: the group of everyone may use it. */
const template = { id: "t", organizationId: org, groupAcl: { [org]: ["use"] } };
const restricted = { id: "r", organizationId: org, groupAcl: {} };

test.for<[string, Actor, Action, object, boolean]>([
  ["an owner reads any workspace", owner, "workspace:read", anothers, true],
  ["an owner makes users", owner, "user:create", {}, true],
  ["a member reads its own workspace", mel, "workspace:read", melsWorkspace, true],
  ["a member opens a shell in its own workspace", mel, "workspace:ssh", melsWorkspace, true],
  ["a member does not read another's workspace", mel, "workspace:read", anothers, false],
  ["a member makes workspaces for itself", mel, "workspace:create", { ownerId: "mel", organizationId: org }, true],
  ["a member makes none for another", mel, "workspace:create", { ownerId: "bob", organizationId: org }, false],
  [
    "a member makes none in an organization that is not its own",
    mel,
    "workspace:create",
    { ownerId: "mel", organizationId: "x" },
    false,
  ],
  ["a member uses templates of its organization", mel, "template:use", template, true],
  ["a member does not see a template that nobody gave it", mel, "template:read", restricted, false],
  ["nor uses it", mel, "template:use", restricted, false],
  ["a member does not change templates", mel, "template:update", template, false],
  ["a member reads itself", mel, "user:read", { ownerId: "mel" }, true],
  ["a member does not read another user", mel, "user:read", { ownerId: "bob" }, false],
  ["a member sees the members of its organization", mel, "organization_member:read", { organizationId: org }, true],
  ["a member does not see jobs", mel, "provisioner_jobs:read", { organizationId: org }, false],
  ["an agent reads its own workspace", agent, "workspace:read", melsWorkspace, true],
  ["an agent does not stop it", agent, "workspace:stop", melsWorkspace, false],
  [
    "an agent does not read another workspace of its owner",
    agent,
    "workspace:read",
    { ...melsWorkspace, id: "w2" },
    false,
  ],
  ["nobody reads nothing", anonymous, "template:read", template, false],
  [
    "a token that connects only reads no workspace",
    user("mel", [], ["coder:application_connect"]),
    "workspace:read",
    melsWorkspace,
    false,
  ],
  ["a token that reads makes nothing", user("mel", [], ["workspace:read"]), "workspace:create", melsWorkspace, false],
  ["a token that reads does read", user("mel", [], ["workspace:read"]), "workspace:read", melsWorkspace, true],
  [
    "the pool's loop deletes what the pool owns",
    systemActor("prebuilds orchestrator"),
    "workspace:delete",
    { ownerId: prebuildsUserId },
    true,
  ],
  [
    "the pool's loop deletes nobody's workspace",
    systemActor("prebuilds orchestrator"),
    "workspace:delete",
    anothers,
    false,
  ],
])("%s", ([, actor, action, object, allowed]) => {
  expect(isAllowed(actor, action, object)).toBe(allowed);
});

test.for<[who: string, action: Action, allowed: boolean]>([
  ["sees others' workspaces", "workspace:read", true],
  ["changes them", "workspace:update", true],
  ["starts them", "workspace:start", true],
  ["deletes them", "workspace:delete", true],
  ["opens no terminal and no SSH in them", "workspace:ssh", false],
  ["opens no apps of theirs", "workspace:application_connect", false],
])("an organization's admin %s", ([, action, allowed]) => {
  const admin = { ...mel, organizationRoles: new Map([[org, ["organization-admin", "organization-member"]]]) };
  expect(isAllowed(admin, action, anothers)).toBe(allowed);
  expect(isAllowed(admin, action, melsWorkspace)).toBe(true);
  expect(isAllowed(owner, action, anothers)).toBe(true);
});

test.for([
  ["what its user may not do is forbidden where it may be seen", ["coder:all"], template, "forbidden"],
  ["what its scopes do not reach looks absent, seen or not", ["template:read"], template, "not_found"],
] as const)("of a key, %s", ([, scopes, object, code]) => {
  const ctx = createContext(user("mel", [], [...scopes]), silentLogger, new AbortController().signal);

  expect(() => authorize(ctx, "template:read", object)).not.toThrow();
  expect(() => authorize(ctx, "template:update", object)).toThrow(expect.objectContaining({ code }));
});

test("a scope never widens what the roles give", () => {
  const scopes = fc.array(
    fc.constantFrom("coder:all", "workspace:*", "template:update", "user:read", "coder:templates.author"),
  );
  const actions = fc.constantFrom<Action>(
    "workspace:read",
    "workspace:delete",
    "template:update",
    "user:read",
    "user:create",
  );
  fc.assert(
    fc.property(scopes, actions, (given, action) => {
      const narrowed = isAllowed(user("mel", [], given), action, anothers);
      expect(narrowed && !isAllowed(mel, action, anothers)).toBe(false);
    }),
  );
});

test.for<[own: string[], wanted: string[], beyond: string[]]>([
  [["coder:all"], ["coder:all", "workspace:*", "template:read"], []],
  [["api_key:create"], ["coder:all"], ["coder:all"]],
  [["workspace:*"], ["workspace:read", "workspace:*", "coder:workspaces.operate"], []],
  [["workspace:read"], ["workspace:*", "workspace:ssh"], ["workspace:*", "workspace:ssh"]],
  [["coder:apikeys.manage_self"], ["api_key:read", "api_key:*"], ["api_key:*"]],
  [["coder:workspaces.access"], ["workspace:ssh", "coder:workspaces.create"], ["coder:workspaces.create"]],
])("of a key with %j, of the wanted %j these are beyond it: %j", ([own, wanted, beyond]) => {
  expect(scopesBeyond(own, wanted)).toEqual(beyond);
});

test("a part of the server is in no organization and no group, so that nobody's access list gives it anything", () => {
  expect(reachOf(systemActor("agents"), "template:use").acl).toMatchObject({ organizationIds: [], groupIds: [] });
});

test("the same is asked of an actor once", () => {
  expect(reachOf(mel, "workspace:read")).toBe(reachOf(mel, "workspace:read"));
  expect(reachOf(mel, "workspace:read")).not.toBe(reachOf(mel, "workspace:ssh"));
  expect(reachOf(mel, "workspace:read")).not.toBe(reachOf(owner, "workspace:read"));
});

test.for<[what: string, action: Action, object: ResourceObject, allowed: boolean]>([
  ["reads its template", "template:read", { id: "t", organizationId: org }, true],
  ["reads no other template", "template:read", { id: "r", organizationId: org }, false],
  ["does not use its template", "template:use", { id: "t", organizationId: org }, false],
  ["changes what is kept of it in its own workspace", "workspace:update_agent", melsWorkspace, true],
  ["changes nothing else of that", "workspace:update", melsWorkspace, false],
  ["makes no workspaces", "workspace:create", { ownerId: "mel", organizationId: org }, false],
  ["reads its owner's keys", "user:read_personal", { ownerId: "mel" }, true],
  ["reads nobody else's keys", "user:read_personal", { ownerId: "bob" }, false],
  ["does not change its owner", "user:update_personal", { ownerId: "mel" }, false],
])("an agent %s", ([, action, object, allowed]) => {
  expect(isAllowed(agent, action, object)).toBe(allowed);
});

test("an agent whose template keeps its owner's keys from it reads its workspace alone", () => {
  const narrow = { ...agent, apiKeyScope: "no_user_data" };

  expect(isAllowed(narrow, "user:read_personal", { ownerId: "mel" })).toBe(false);
  expect(isAllowed(narrow, "workspace:read", melsWorkspace)).toBe(true);
});

test("a key of one thing reaches that thing, as far as its user does", () => {
  const narrow = { ...mel, allowList: ["workspace:w-mel", "workspace:w-bob"] };

  expect(isAllowed(narrow, "workspace:read", melsWorkspace)).toBe(true);
  expect(isAllowed(narrow, "workspace:read", { ...melsWorkspace, id: "w2" })).toBe(false);
  expect(isAllowed(narrow, "workspace:read", anothers)).toBe(false);
  expect(isAllowed(narrow, "template:read", template)).toBe(false);
});

describe("roles of an operator's own making", () => {
  const some: RoleDefinition = {
    name: "some",
    displayName: "Some",
    assignable: true,
    site: ["template:delete"],
    organization: ["template:update"],
  };
  const inOrg = { ...mel, customRoles: [{ organizationId: org, role: some }] };
  const ofDeployment = { ...mel, customRoles: [{ organizationId: undefined, role: some }] };
  const elsewhere = { ...mel, customRoles: [{ organizationId: "x", role: some }] };

  test("give what they say where they are held", () => {
    const may = (actor: Actor) =>
      (["template:update", "template:delete"] as const).filter((action) => isAllowed(actor, action, template));

    expect(may(inOrg)).toEqual(["template:update", "template:delete"]);
    expect(may(ofDeployment)).toEqual(["template:delete"]);
    expect(may(elsewhere)).toEqual([]); // no member there
    expect(may(mel)).toEqual([]);
  });

  test("take away where they are held, and nowhere else", () => {
    const ban: RoleDefinition = { ...some, site: [], organization: ["!template:use"] };
    const organizationRoles = new Map([org, "x"].map((id) => [id, ["organization-template-admin"]]));
    const banned = { ...mel, organizationRoles, customRoles: [{ organizationId: org, role: ban }] };
    const there = { id: "t-x", organizationId: "x" };

    expect(isAllowed(banned, "template:use", template)).toBe(false);
    expect(isAllowed(banned, "template:update", template)).toBe(true);
    expect(isAllowed(banned, "template:use", there)).toBe(true);
  });

  const nothing: RoleDefinition = { name: "some", displayName: "Some", assignable: true };
  const likeIt = {
    ...mel,
    customRoles: [
      { organizationId: org, role: { ...nothing, name: "other" } },
      { organizationId: "x", role: nothing },
    ],
  };
  const userAdmin = user("una", ["user-admin"]);
  test.for<[who: string, actor: UserActor, name: string, where: string | undefined, may: boolean]>([
    ["who has it outranks it", inOrg, "some", org, true],
    ["who has it elsewhere does not", elsewhere, "some", org, false],
    ["who has another there, and elsewhere one of its name that gives nothing, does not", likeIt, "some", org, false],
    ["who has it in an organization alone does not outrank the deployment's", inOrg, "some", undefined, false],
    ["nobody outranks a role that is not known", mel, "some", org, false],
    ["but an owner does", owner, "some", org, true],
    ["a member outranks no owner", mel, "owner", undefined, false],
    ["an owner outranks an owner", owner, "owner", undefined, true],
    ["a member outranks a member of its organization", mel, "organization-member", org, true],
    ["an owner outranks an organization's admin", owner, "organization-admin", org, true],
    ["who administers users outranks who administers users", userAdmin, "user-admin", undefined, true],
    ["but no owner", userAdmin, "owner", undefined, false],
    [
      "a role of an organization is none of the deployment",
      mel,
      "organization-workspace-creation-ban",
      undefined,
      false,
    ],
    ["a role of the deployment is none of an organization", mel, "member", org, false],
  ])("%s", ([, actor, name, where, may]) => {
    expect(outranks(actor, name, where)).toBe(may);
  });
});

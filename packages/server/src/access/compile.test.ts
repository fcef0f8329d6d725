import { expect, test } from "vitest";
import { actions, type Action } from "./catalogue.ts";
import { compile, wordsOf, type Holder } from "./compile.ts";
import { outweigh, vote, type Permission, type RolePermissions, type Vote } from "./permission.ts";
import { decide, type ResourceObject } from "./reach.ts";

/** Ada, a member of `here`. */
function holder(siteRoles: readonly RolePermissions[], here: readonly RolePermissions[] = []): Holder {
  return { userId: "ada", siteRoles, organizationRoles: new Map([["here", here]]), groupIds: ["crew"] };
}

const own = { id: "1", ownerId: "ada", organizationId: "here" };
const ownElsewhere = { id: "2", ownerId: "ada", organizationId: "there" };
const anothers = { id: "3", ownerId: "bob", organizationId: "here" };
const far = { id: "4", ownerId: "bob", organizationId: "there" };
const things: readonly ResourceObject[] = [own, ownElsewhere, anothers, far];

/** The things that are reached, by their ids. */
function reached(who: Holder, action: Action): string {
  const reach = compile(who, action);
  return things
    .filter((thing) => decide(reach, thing))
    .map(({ id = "" }) => id)
    .join("");
}

const read: readonly Permission[] = ["workspace:read"];
const no: readonly Permission[] = ["!workspace:read"];

test.for<[what: string, site: RolePermissions[], here: RolePermissions[], ids: string]>([
  ["nothing said reaches nothing", [{}], [{}], ""],
  ["the site is everything", [{ site: read }], [], "1234"],
  ["the user's is what it owns, anywhere", [{ user: read }], [], "12"],
  ["the organization's is all that is there", [], [{ organization: read }], "13"],
  ["the member's is what it owns there", [], [{ member: read }], "1"],
  ["a role of an organization may speak of everything", [], [{ site: read }], "1234"],
  ["and of all that its holder owns", [], [{ user: read }], "12"],
  ["a role of the deployment says nothing of organizations", [{ organization: read, member: read }], [], ""],
  ["one role gives what another does not speak of", [{}, { site: read }, {}], [], "1234"],
  ["of two roles the one that takes away wins", [{ site: read }, { site: no }], [], ""],
  ["whichever comes first", [{ site: no }, { site: read }], [], ""],
  ["the wider place decides, when it takes away", [{ site: no }], [{ organization: read, member: read }], ""],
  ["and when it gives", [{ site: read }], [{ organization: no, member: no }], "1234"],
  ["what an organization takes away its members do not have there", [{ user: read }], [{ organization: no }], "2"],
  ["what it takes away of their own they have elsewhere", [{ user: read }], [{ member: no }], "2"],
  ["a part of a type is a part", [{ site: ["workspace:update"] }], [], ""],
  ["all of a type is enough", [{ site: ["workspace:*"] }], [], "1234"],
  ["all of another type is not", [{ site: ["workspace_dormant:*"] }], [], ""],
  ["everything is enough", [{ site: ["*"] }], [], "1234"],
])("of a role: %s", ([, site, here, ids]) => {
  expect(reached(holder(site, here), "workspace:read")).toBe(ids);
});

test.for<[what: string, action: Action, site: RolePermissions[], here: RolePermissions[], ids: string]>([
  ["read others' by the site", "chat:read", [{ site: ["chat:*"] }], [], "1234"],
  ["read others' by the organization", "chat:read", [], [{ organization: ["chat:*"] }], "13"],
  ["speak in one's own alone, by the site", "chat:update", [{ site: ["chat:*"] }], [], "12"],
  ["speak in one's own alone, by the organization", "chat:update", [], [{ organization: ["chat:*"] }], "1"],
  ["speak in one's own, by the user's", "chat:update", [{ user: ["chat:*"] }], [], "12"],
  ["speak in one's own there, by the member's", "chat:update", [], [{ member: ["chat:*"] }], "1"],
  ["speak nowhere where the site takes it away", "chat:update", [{ site: ["!chat:*"] }], [{ member: ["chat:*"] }], ""],
  ["not there where it takes it away", "chat:update", [{ user: ["chat:*"] }], [{ organization: ["!chat:*"] }], "2"],
  ["not of one's own there either", "chat:update", [{ user: ["chat:*"] }], [{ member: ["!chat:*"] }], "2"],
  ["of two that differ not", "chat:update", [], [{ organization: ["chat:*"], member: ["!chat:*"] }], ""],
])("a chat: %s", ([, action, site, here, ids]) => {
  expect(reached(holder(site, here), action)).toBe(ids);
});

test("what is taken away of chats is taken away of those that are shared", () => {
  const shared = { ...anothers, userAcl: { ada: ["*"] } };

  expect(decide(compile(holder([]), "chat:read"), shared)).toBe(true);
  expect(decide(compile(holder([{ site: ["!chat:read"] }]), "chat:read"), shared)).toBe(false);
  expect(decide(compile(holder([]), "chat:update"), shared)).toBe(false);
});

const everyOf = (type: string): Action[] => actions.filter((action) => action.startsWith(`${type}:`));

test.for<[type: string, role: "use" | "admin", given: Action[]]>([
  ["template", "use", ["template:read", "template:use"]],
  [
    "template",
    "admin",
    ["template:delete", "template:read", "template:update", "template:use", "template:view_insights"],
  ],
  ["workspace", "use", ["workspace:application_connect", "workspace:read", "workspace:ssh"]],
  [
    "workspace",
    "admin",
    [
      "workspace:application_connect",
      "workspace:read",
      "workspace:ssh",
      "workspace:start",
      "workspace:stop",
      "workspace:update",
    ],
  ],
  ["chat", "admin", []],
])("who is listed on a %s with the role %s may just this", ([type, listed, given]) => {
  const may = (object: ResourceObject) =>
    everyOf(type)
      .filter((action) => decide(compile(holder([]), action), { ...anothers, ...object }))
      .toSorted();

  expect(may({ userAcl: { ada: [listed] } })).toEqual(given);
  expect(may({ groupAcl: { crew: [listed] } })).toEqual(given);
  expect(may({ groupAcl: { here: [listed] } })).toEqual(given); // the group of everyone
  expect(may({ userAcl: { bob: [listed] }, groupAcl: { others: [listed] } })).toEqual([]);
  expect(may({ userAcl: { ada: [listed] }, organizationId: "there" })).toEqual([]);
});

test("of whoever is in several organizations the lists of things in each are asked", () => {
  const member: Holder = { ...holder([]), organizationRoles: new Map(["here", "there"].map((id) => [id, []])) };
  const may = (organizationId: string) =>
    decide(compile(member, "workspace:read"), { ...anothers, organizationId, userAcl: { ada: ["use"] } });

  expect(["here", "there", "elsewhere"].filter(may)).toEqual(["here", "there"]);
});

test("an access list may give a single action by its name", () => {
  const listed = { ...anothers, userAcl: { ada: ["share"] } };

  expect(everyOf("workspace").filter((action) => decide(compile(holder([]), action), listed))).toEqual([
    "workspace:share",
  ]);
});

test("what no role of a list gives is given by its name, or by everything", () => {
  expect(wordsOf("workspace:share")).toEqual(["share", "*"]);
  expect(wordsOf("workspace:stop")).toEqual(["stop", "*", "admin"]);
});

test("the access list is asked where roles say nothing, and there alone", () => {
  const listed = { ...anothers, userAcl: { ada: ["use"] } };

  expect(decide(compile(holder([{ site: no }]), "workspace:read"), listed)).toBe(false);
  expect(decide(compile(holder([], [{ organization: no }]), "workspace:read"), listed)).toBe(false);
  expect(decide(compile(holder([{ user: no }], [{ member: no }]), "workspace:read"), listed)).toBe(true);
});

test.for<[permissions: Permission[] | undefined, said: Vote | undefined]>([
  [undefined, undefined],
  [[], undefined],
  [["workspace:update"], undefined],
  [["!workspace:update"], undefined],
  [["workspace:read"], "allow"],
  [["!workspace:read", "workspace:read"], "deny"],
  [["workspace:read", "!workspace:read"], "deny"],
  [["workspace:read", "!workspace:*"], "deny"],
  [["*", "!template:*"], "allow"],
])("of the permissions %j on reading a workspace: %s", ([permissions, said]) => {
  expect(vote(permissions, "workspace:read")).toBe(said);
});

test.for<[Vote | undefined, Vote | undefined, Vote | undefined]>([
  ["allow", undefined, "allow"],
  [undefined, "allow", "allow"],
  ["allow", "deny", "deny"],
  ["deny", "allow", "deny"],
  ["deny", undefined, "deny"],
  [undefined, undefined, undefined],
])("of %s and %s, %s weighs more", ([one, other, said]) => {
  expect(outweigh(one, other)).toBe(said);
});

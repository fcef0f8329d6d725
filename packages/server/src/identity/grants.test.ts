import { expect, test } from "vitest";
import type { CreateUserRequestWithOrgs } from "@hearth/sdk";
import { grantFor, ownerContext } from "../access/testing/index.ts";
import type { Db } from "../ground/database/index.ts";
import { regenerateGitSshKey } from "./git-ssh-key.ts";
import { createGroup, deleteGroup, updateGroup, type GroupDeps } from "./groups/edit-groups.ts";
import type { GroupRow } from "./groups/find-groups.ts";
import { addPoolMember } from "./groups/index.ts";
import { deleteKey, expireKey, listTokens } from "./keys-store.ts";
import { insertKey } from "./keys.ts";
import { listMembers, removeMember } from "./members.ts";
import { setMemberRoles, setSiteRoles, setUserStatus } from "./standing.ts";
import { addMember, listOrganizations } from "./organizations.ts";
import { setPassword, type UserWriteDeps } from "./user-writes.ts";
import { listUsers, markSeen } from "./users-store.ts";
import { createUser, deleteUser } from "./users.ts";

// What changes or lists users, keys and members does not compile without the grant of it. Nothing here is called.

const user = { id: "u", ownerId: "u" };
const member = { id: "u", organizationId: "o" };
const key = { loginType: "token", lifetimeSeconds: 1, nowMs: 0 } as const;
const sealKey = Buffer.alloc(0);
const all = { ofEverybody: false, includeExpired: false, nowMs: 0 };

const ctx = ownerContext();

test("who changes or lists somebody was granted that", () => {
  const calls = [
    (deps: UserWriteDeps) => setPassword(ctx, deps, grantFor("user:update_personal", user), "hash"),
    // @ts-expect-error -- granted to look
    (deps: UserWriteDeps) => setPassword(ctx, deps, grantFor("user:read_personal", user), "hash"),
    // @ts-expect-error -- granted on nobody in particular
    (deps: UserWriteDeps) => setPassword(ctx, deps, grantFor("user:update_personal", {}), "hash"),
    // @ts-expect-error -- who may change their names may not suspend them
    (deps: UserWriteDeps) => setUserStatus(ctx, deps, grantFor("user:update_personal", user), "suspended"),
    // @ts-expect-error -- who may change users may not give roles
    (deps: UserWriteDeps) => setSiteRoles(ctx, deps, grantFor("user:update", user), { userId: "u", roles: [] }),
    // @ts-expect-error -- an id is no right to it
    (db: Db) => deleteKey(db, "abcdefghij"),
    // @ts-expect-error -- who may see a key may not end it
    (db: Db) => expireKey(db, grantFor("api_key:read", { id: "k", ownerId: "u" }), 0),
    // @ts-expect-error -- whose the key is to be must have been asked about
    (db: Db) => insertKey(db, grantFor("api_key:create", {}), key),
    // @ts-expect-error -- one key's right lists no others
    (db: Db) => listTokens(db, grantFor("api_key:read", { id: "k", ownerId: "u" }), all),
    // @ts-expect-error -- who may read the key may not replace it
    (deps: UserWriteDeps) => regenerateGitSshKey(ctx, { ...deps, sealKey }, grantFor("user:read_personal", user)),
    // @ts-expect-error -- one user's right lists no others
    (db: Db) => listUsers(db, grantFor("user:read", user), {}),
    // @ts-expect-error -- who may change users makes none
    (db: Db, request: CreateUserRequestWithOrgs) => createUser(ctx, db, grantFor("user:update", user), request, 0),
    // @ts-expect-error -- nor deletes any
    (db: Db) => deleteUser(ctx, db, grantFor("user:update", user), 0),
    // @ts-expect-error -- granted to delete users, none in particular
    (db: Db) => deleteUser(ctx, db, grantFor("user:delete", {}), 0),
    // @ts-expect-error -- nobody has logged in without a session
    (db: Db) => markSeen(db, grantFor("user:read", user), 0),
  ];

  expect(calls).toHaveLength(15);
});

test("who changes groups was granted that", () => {
  const group = { id: "g", organizationId: "o" };
  const may = grantFor("group:update", group);
  const calls = [
    (deps: GroupDeps, row: GroupRow) => updateGroup(ctx, deps, may, row, {}),
    // @ts-expect-error -- who may see a group may not change it
    (deps: GroupDeps, row: GroupRow) => updateGroup(ctx, deps, grantFor("group:read", group), row, {}),
    // @ts-expect-error -- who may change it may not delete it
    (deps: GroupDeps, row: GroupRow) => deleteGroup(ctx, deps, may, row),
    // @ts-expect-error -- nor make others
    (deps: GroupDeps) => createGroup(deps, may, { name: "x" }),
    // @ts-expect-error -- who may change members adds none
    (db: Db) => addPoolMember(db, grantFor("organization_member:update", member), 0),
  ];

  expect(calls).toHaveLength(5);
});

test("who changes or lists members was granted that, in that organization", () => {
  const calls = [
    (of: UserWriteDeps) => removeMember(ctx, of, grantFor("organization_member:delete", member)),
    // @ts-expect-error -- granted on members of no organization in particular
    (of: UserWriteDeps) => removeMember(ctx, of, grantFor("organization_member:delete", { id: "u" })),
    // @ts-expect-error -- who may see a member may not remove it
    (of: UserWriteDeps) => removeMember(ctx, of, grantFor("organization_member:read", member)),
    // @ts-expect-error -- a member's roles need the right to give roles besides
    (of: UserWriteDeps) => setMemberRoles(ctx, of, grantFor("organization_member:update", member), []),
    // @ts-expect-error -- who may see an organization adds nobody
    (db: Db) => addMember(db, grantFor("organization:read", member), { organizationId: "o", userId: "u", nowMs: 0 }),
    // @ts-expect-error -- one member's right lists no others
    (db: Db) => listMembers(db, grantFor("organization_member:read", member), {}),
    // @ts-expect-error -- one organization's right lists no others
    (db: Db) => listOrganizations(db, grantFor("organization:read", member)),
  ];

  expect(calls).toHaveLength(7);
});

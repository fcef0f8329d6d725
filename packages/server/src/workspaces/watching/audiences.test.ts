import fc from "fast-check";
import { expect, test } from "vitest";
import { silentLogger } from "@hearth/base";
import { authorizeList, createContext, decide, type Reach, type ResourceObject } from "../../access/index.ts";
import { Audiences } from "./audiences.ts";

/** What somebody with these roles in the organization `o` may read of workspaces, as a request has it. */
function reachOf(userId: string, roles: readonly string[] = [], groupIds: readonly string[] = []): Reach {
  const user = {
    kind: "user",
    userId,
    username: userId,
    roles: ["member"],
    organizationRoles: new Map([["o", ["organization-member", ...roles]]]),
    customRoles: [],
    groupIds,
    keyId: userId,
    scopes: ["coder:all"],
    allowList: ["*:*"],
  } as const;
  return authorizeList(createContext(user, silentLogger, new AbortController().signal), "workspace:read").reach;
}

test("of an organization's thousands of members are asked those whom the workspace's owner and lists name", () => {
  const audiences = new Audiences();
  for (let index = 0; index < 3_000; index++) audiences.enter(reachOf(`user${index}`));
  for (const who of ["ada", "bob"]) audiences.enter(reachOf(who, [], ["crew"]));
  const admin = audiences.enter(reachOf("root", ["organization-admin"]));
  const workspace = { id: "w", ownerId: "user1", organizationId: "o" };
  const asked = (lists: ResourceObject) => audiences.whoIsAsked({ ...workspace, ...lists });

  expect(asked({})).toHaveLength(2);
  expect(asked({})).toContain(admin);
  expect(asked({ userAcl: { user2: ["use"] } })).toHaveLength(3);
  expect(asked({ groupAcl: { crew: ["use"] } })).toHaveLength(4);
  // Shared with everyone, it is everyone's.
  expect(asked({ groupAcl: { o: ["use"] } })).toHaveLength(3_003);
  expect(audiences.whoIsNamed(["crew", "user2"])).toHaveLength(3);
});

const few = (...ids: string[]) => fc.constantFrom(...ids);
const [user, place, group] = [few("ada", "bob"), few("o", "p"), few("crew", "o", "p")];
const vote = few("allow", "deny") as fc.Arbitrary<"allow" | "deny">;
const maybe = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined });
const votes = fc.array(fc.tuple(place, vote), { maxLength: 2 }).map((entries) => new Map(entries));
const reach: fc.Arbitrary<Reach> = fc.record({
  site: maybe(vote),
  organizations: votes,
  own: maybe(fc.record({ ownerId: user, anywhere: maybe(vote), organizations: votes })),
  acl: maybe(
    fc.record({
      userId: user,
      groupIds: fc.uniqueArray(group),
      organizationIds: fc.uniqueArray(place),
      words: fc.constant(["read", "use"]),
    }),
  ),
  only: maybe(fc.uniqueArray(few("v", "w")).map((ids) => new Set(ids))),
});
const list = (key: fc.Arbitrary<string>) =>
  fc.dictionary(key, fc.subarray(["use", "stop"]), { maxKeys: 2, noNullPrototype: true });
const object: fc.Arbitrary<ResourceObject> = fc.record(
  { id: few("v", "w"), ownerId: user, organizationId: place, userAcl: list(user), groupAcl: list(group) },
  { requiredKeys: ["id"] },
);

test("who is found for a workspace is who may see it, among those of whom that depends on the workspace", () => {
  fc.assert(
    fc.property(fc.array(reach, { maxLength: 5 }), object, (reaches, workspace) => {
      const audiences = new Audiences();
      const entered = reaches.map((each) => audiences.enter(each));
      const expected = new Set(entered.filter((each) => audiences.ofSome.has(each) && decide(each.reach, workspace)));

      expect(new Set(audiences.whoMaySee(workspace))).toEqual(expected);

      for (const each of entered) audiences.leave(each);
      expect(audiences.whoIsAsked(workspace)).toHaveLength(0);
    }),
  );
});

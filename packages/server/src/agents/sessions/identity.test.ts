import { expect, test } from "vitest";
import { FakeClock } from "@hearth/base/fake-clock";
import { prebuildsUserId } from "@hearth/sdk";
import { IdentityCache } from "./identity-cache.ts";
import { nextIdentity, type WorkspaceIdentity } from "./identity.ts";
import { checkEveryMs, unclaimedMs } from "./timing.ts";

const owned: WorkspaceIdentity = {
  workspaceId: "w",
  workspaceName: "dev",
  ownerId: "ada",
  ownerName: "ada",
  organizationId: "o",
  templateId: "t",
  templateName: "local",
  autostartSchedule: undefined,
};
const prebuild = { ...owned, ownerId: prebuildsUserId, ownerName: "prebuilds" };

test.for<
  [rule: string, held: WorkspaceIdentity | undefined, read: WorkspaceIdentity, next: WorkspaceIdentity | undefined]
>([
  ["what was read is held", undefined, owned, owned],
  ["a prebuild's facts are not", undefined, prebuild, undefined],
  ["a prebuild's facts replace nothing", owned, prebuild, owned],
  ["what differs replaces", owned, { ...owned, workspaceName: "new" }, { ...owned, workspaceName: "new" }],
])("%s", ([, held, read, next]) => {
  expect(nextIdentity(held, read)).toEqual(next);
});

test("equal facts change nothing, not even the reference", () => {
  expect(nextIdentity(owned, { ...owned })).toBe(owned);
});

function cache(read: () => Promise<WorkspaceIdentity | undefined>) {
  const clock = new FakeClock();
  return { clock, cache: new IdentityCache({ read, clock }) };
}

test("what is held is not read; it is gone with its last holder [agents 30]", async () => {
  let reads = 0;
  const { cache: identities } = cache(async () => (reads++, owned));
  const one = identities.hold("w");
  const two = identities.hold("w");
  identities.set(owned);

  expect(await identities.resolve("w")).toBe(owned);
  one[Symbol.dispose]();
  one[Symbol.dispose](); // twice is once
  expect(identities.find("w")).toBe(owned);
  two[Symbol.dispose]();

  expect(identities.find("w")).toBeUndefined();
  expect(reads).toBe(0);
});

test("an empty entry is read once for all reports, and a failed read is not remembered [agents 27]", async () => {
  let reads = 0;
  const { clock, cache: identities } = cache(async () => {
    reads++;
    if (reads === 1) throw new Error("the database is down");
    return prebuild;
  });
  using _hold = identities.hold("w");

  await expect(identities.resolve("w")).rejects.toThrow("down");
  await Promise.all([identities.resolve("w"), identities.resolve("w")]);
  await clock.advance(unclaimedMs - 1);
  await identities.resolve("w");
  expect(reads).toBe(2);
  await clock.advance(1);
  await identities.resolve("w");

  expect(reads).toBe(3);
  expect(identities.ownerOf("w")).toBe(prebuildsUserId);
});

test("a claim is known at once: its owner hears what is announced before the rest is read [agents 28]", async () => {
  const { cache: identities } = cache(async () => prebuild);
  using _hold = identities.hold("w");
  await identities.resolve("w");

  identities.claimed("w", "ada");
  expect(identities.ownerOf("w")).toBe("ada");
  identities.set({ ...owned, workspaceName: "mine" });

  expect(identities.ownerOf("w")).toBe("ada");
  expect(identities.find("w")?.workspaceName).toBe("mine");
});

test("a prebuild whose facts were read with its session, or with all, costs no read of its own until it is claimed", async () => {
  let reads = 0;
  const { cache: identities, clock } = cache(async () => {
    reads++;
    return prebuild;
  });
  using _hold = identities.hold("w");

  for (let look = 0; look < 4; look++) {
    identities.set(prebuild);
    expect(await identities.resolve("w")).toBe(prebuild);
    await clock.advance(checkEveryMs);
  }
  expect(reads).toBe(0);
  expect(identities.find("w")).toBeUndefined();

  identities.claimed("w", "ada");
  identities.set(prebuild); // read before the claim
  await identities.resolve("w");
  expect(reads).toBe(1);
});

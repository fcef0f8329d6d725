import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { silentLogger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { recordingLogger } from "@hearth/base/recording-logger";
import type { ApiError } from "@hearth/sdk";
import { authorize, authorizeList, createContext, type UserActor } from "../../access/index.ts";
import { MemoryPubSub } from "../pubsub/index.ts";
import { HeldGrants, type AccessFacts, type WantedFacts } from "./held-grants.ts";

const organizationId = randomUUID();

/** A database of users, keys and workspaces that the test changes, and what was read of it. */
function makeWorld() {
  const clock = new FakeClock();
  const log = recordingLogger();
  const pubsub = new MemoryPubSub(silentLogger);
  const actors = new Map<string, UserActor>();
  const owners = new Map<string, string>();
  const reads: WantedFacts[] = [];
  const state: { failures: number; gate: Promise<void> | undefined } = { failures: 0, gate: undefined };
  const read = async (wanted: WantedFacts): Promise<AccessFacts> => {
    reads.push(wanted);
    // As of now: what changes while the answer is on its way is not in it. Who has not changed is made anew all the same.
    const facts = {
      actors: new Map([...actors].map(([keyId, actor]) => [keyId, { ...actor }])),
      objects: new Map([...owners].map(([id, ownerId]) => [id, { id, ownerId, organizationId }])),
    };
    await state.gate;
    if (state.failures-- > 0) throw new Error("no connection");
    return facts;
  };
  const held = new HeldGrants({ pubsub, clock, log, read });
  const makeUser = (roles: readonly string[] = []): UserActor => {
    const actor: UserActor = {
      kind: "user",
      userId: randomUUID(),
      username: "ada",
      roles: [...roles, "member"],
      organizationRoles: new Map([[organizationId, ["organization-member"]]]),
      customRoles: [],
      groupIds: [],
      keyId: randomUUID(),
      scopes: ["coder:all"],
      allowList: ["*:*"],
    };
    actors.set(actor.keyId, actor);
    return actor;
  };
  const makeWorkspace = (ownerId: string) => {
    const id = randomUUID();
    owners.set(id, ownerId);
    return id;
  };
  const contextOf = (actor: UserActor) => createContext(actor, silentLogger, new AbortController().signal);
  /** Opens something of the workspace, as a route does. */
  const open = (actor: UserActor, id: string, since = held.mark()) => {
    const object = { id, ownerId: owners.get(id), organizationId };
    const granted = authorize(contextOf(actor), "workspace:read", object);
    const ends: ApiError[] = [];
    const hold = held.hold(granted, actor, since, { onEnded: (why) => ends.push(why), onAgain: () => undefined });
    return { ends, hold };
  };
  const openList = (actor: UserActor, since = held.mark()) => {
    const reaches: boolean[] = [];
    const ends: ApiError[] = [];
    const hold = held.hold(authorizeList(contextOf(actor), "workspace:read"), actor, since, {
      onEnded: (why) => ends.push(why),
      onAgain: (granted) => reaches.push(granted.reach.site === "allow"),
    });
    return { reaches, ends, hold };
  };
  const change = (actor: UserActor, to: Partial<UserActor>) => actors.set(actor.keyId, { ...actor, ...to });
  return { clock, log, pubsub, actors, owners, reads, state, held, makeUser, makeWorkspace, open, openList, change };
}

test("a hint reads, once, for those whom it concerns and for nobody else", async () => {
  const { clock, pubsub, reads, makeUser, makeWorkspace, open, change } = makeWorld();
  const owner = makeUser(["owner"]);
  const other = makeUser();
  const workspaces = Array.from({ length: 50 }, () => makeWorkspace(other.userId));
  const opened = workspaces.map((id) => open(owner, id));
  const theirs = workspaces.map((id) => open(other, id));

  change(owner, { roles: ["member"] });
  pubsub.publish("user_access", owner.userId, {});
  await clock.advance(0);

  expect(reads).toEqual([{ keyIds: [owner.keyId], workspaceIds: workspaces, templateIds: [], chatIds: [] }]);
  expect(opened.map(({ ends }) => ends.map(({ code }) => code))).toEqual(opened.map(() => ["not_found"]));
  expect(theirs.flatMap(({ ends }) => ends)).toEqual([]);
});

test("without a hint, one read a minute finds what changed of everything that is open", async () => {
  const { clock, owners, actors, reads, makeUser, makeWorkspace, open } = makeWorld();
  const ada = makeUser();
  const bob = makeUser();
  const moved = open(ada, makeWorkspace(ada.userId));
  const kept = open(ada, makeWorkspace(ada.userId));
  const signedOut = open(bob, makeWorkspace(bob.userId));
  const [id = ""] = owners.keys();
  owners.set(id, bob.userId);
  actors.delete(bob.keyId);

  await clock.advance(59_999);
  expect(reads).toHaveLength(0);
  await clock.advance(1);

  expect(reads).toHaveLength(1);
  expect(moved.ends.map(({ code }) => code)).toEqual(["not_found"]);
  expect(signedOut.ends.map(({ code }) => code)).toEqual(["not_authenticated"]);
  expect(kept.ends).toEqual([]);
});

test("messages that were lost are made up for at once", async () => {
  const { clock, pubsub, makeUser, makeWorkspace, open, change } = makeWorld();
  const ada = makeUser();
  const opened = open(ada, makeWorkspace(ada.userId));

  change(ada, { organizationRoles: new Map() });
  pubsub.drop();
  await clock.advance(0);

  expect(opened.ends).toHaveLength(1);
});

test("what changed between the log-in and the opening ends what is opened, before it is used", async () => {
  const { pubsub, owners, held, makeUser, makeWorkspace, open } = makeWorld();
  const ada = makeUser();
  const id = makeWorkspace(ada.userId);
  const since = held.mark();
  const opened = open(ada, id, since);
  await opened.hold.settled;
  expect(opened.ends).toEqual([]);

  pubsub.publish("object_access", id, {});
  const late = open(ada, id, since);
  owners.set(id, makeUser().userId);
  await late.hold.settled;

  expect(late.ends).toHaveLength(1);
});

test("messages that were lost between the log-in and the opening are made up for before it is used", async () => {
  const { pubsub, held, makeUser, makeWorkspace, open, change } = makeWorld();
  const ada = makeUser();
  const since = held.mark();

  change(ada, { organizationRoles: new Map() });
  pubsub.drop();
  const late = open(ada, makeWorkspace(ada.userId), since);
  await late.hold.settled;

  expect(late.ends).toHaveLength(1);
});

test("what may go on after a change between the log-in and the opening is used as soon as that is known", async () => {
  const { clock, pubsub, held, makeUser, makeWorkspace, open, openList } = makeWorld();
  const ada = makeUser();
  const id = makeWorkspace(ada.userId);
  const since = held.mark();
  pubsub.publish("user_access", ada.userId, {});
  const opened = [open(ada, id, since), openList(ada, since)];
  const settled: unknown[] = [];
  for (const one of opened) void one.hold.settled.then(() => settled.push(one));
  await Promise.resolve();
  expect(settled).toEqual([]);

  await clock.advance(0);

  expect(settled).toEqual(opened);
  expect(opened.flatMap(({ ends }) => ends)).toEqual([]);
});

test("a read that fails ends nothing, is told with what waits for it, and is tried again in a second", async () => {
  const { clock, log, pubsub, state, reads, makeUser, makeWorkspace, open, change } = makeWorld();
  const ada = makeUser();
  const opened = open(ada, makeWorkspace(ada.userId));
  change(ada, { scopes: ["template:read"] });
  state.failures = 2;

  pubsub.publish("user_access", ada.userId, {});
  await clock.advance(1_999);
  expect([reads.length, opened.ends.length]).toEqual([2, 0]);
  const line = { level: "warn", fields: { err: new Error("no connection"), held: 1 } };
  expect(log.lines).toMatchObject([line, line]);
  await clock.advance(1);

  expect(opened.ends).toHaveLength(1);
});

test("a list goes on with what its actor reaches now, and is told only when that is another", async () => {
  const { clock, pubsub, actors, makeUser, openList, change } = makeWorld();
  const olga = makeUser(["owner"]);
  const list = openList(olga);
  const say = async () => {
    pubsub.publish("user_access", olga.userId, {});
    await clock.advance(0);
  };

  await say();
  expect(list.reaches).toEqual([]);
  change(olga, { roles: ["member"] });
  await say();
  expect(list.reaches).toEqual([false]);
  change(olga, { roles: ["owner", "member"] });
  await say();
  expect(list.reaches).toEqual([false, true]);
  actors.delete(olga.keyId);
  await say();
  expect(list.ends.map(({ code }) => code)).toEqual(["not_authenticated"]);
});

test("with nothing open there is neither timer nor read", async () => {
  const { clock, pubsub, reads, held, makeUser, makeWorkspace, open } = makeWorld();
  const ada = makeUser();
  const opened = [1, 2].map(() => open(ada, makeWorkspace(ada.userId)));
  expect(clock.pending()).toHaveLength(1);

  for (const { hold } of opened) hold[Symbol.dispose]();
  pubsub.publish("user_access", ada.userId, {});
  pubsub.drop();
  await clock.advance(600_000);

  expect([held.size, clock.pending(), reads]).toEqual([0, [], []]);
});

describe("of two that are open", () => {
  function two() {
    const world = makeWorld();
    const ada = world.makeUser();
    const ids = [world.makeWorkspace(ada.userId), world.makeWorkspace(ada.userId)] as const;
    return { ...world, ada, ids, opened: [world.open(ada, ids[0]), world.open(ada, ids[1])] as const };
  }

  test("the one that is left hears of their user, after the other was closed", async () => {
    const { clock, pubsub, actors, ada, opened } = two();
    opened[0].hold[Symbol.dispose]();
    actors.delete(ada.keyId);

    pubsub.publish("user_access", ada.userId, {});
    await clock.advance(0);

    expect(opened.map(({ ends }) => ends.length)).toEqual([0, 1]);
  });

  test("the one that is left is looked at each minute, and so is what is opened after all were closed", async () => {
    const { clock, owners, reads, ada, ids, opened, makeWorkspace, open } = two();
    opened[0].hold[Symbol.dispose]();
    await clock.advance(60_000);
    expect(reads).toMatchObject([{ workspaceIds: [ids[1]] }]);
    opened[1].hold[Symbol.dispose]();
    const id = makeWorkspace(ada.userId);
    const again = open(ada, id);
    owners.set(id, "somebody");

    await clock.advance(60_000);

    expect(again.ends).toHaveLength(1);
    expect(opened.flatMap(({ ends }) => ends)).toEqual([]);
  });

  test("one that is closed while it is read for hears nothing any more, and nothing is read for it alone", async () => {
    const { clock, pubsub, actors, state, reads, ada, ids, opened } = two();
    const gate = Promise.withResolvers<void>();
    state.gate = gate.promise;
    actors.delete(ada.keyId);
    pubsub.publish("object_access", ids[0], {});
    await clock.advance(0);
    pubsub.publish("object_access", ids[1], {}); // asked for when the first is known
    for (const { hold } of opened) hold[Symbol.dispose]();

    gate.resolve();
    await clock.advance(0);

    expect(reads).toHaveLength(1);
    expect(opened.flatMap(({ ends }) => ends)).toEqual([]);
  });

  test("those that are closed while a read is to be tried again are not read for", async () => {
    const { clock, pubsub, state, reads, ada, opened } = two();
    const gate = Promise.withResolvers<void>();
    state.gate = gate.promise;
    state.failures = 1;
    pubsub.publish("user_access", ada.userId, {});
    await clock.advance(0);
    opened[0].hold[Symbol.dispose]();
    gate.resolve();
    await clock.advance(0);
    opened[1].hold[Symbol.dispose]();

    await clock.advance(60_000);

    expect(reads).toHaveLength(1);
  });

  test("who waits for what was heard before goes on when it is closed", async () => {
    const { pubsub, state, held, ada, ids, open } = two();
    const since = held.mark();
    state.gate = new Promise(() => undefined);
    pubsub.publish("object_access", ids[0], {});
    const late = open(ada, ids[0], since);

    late.hold[Symbol.dispose]();

    await expect(late.hold.settled).resolves.toBeUndefined();
  });

  test("nothing is read for what is opened when all others were just closed", async () => {
    const { clock, reads, ada, ids, opened, open } = two();
    for (const { hold } of opened) hold[Symbol.dispose]();

    open(ada, ids[0]);
    await clock.advance(0);

    expect(reads).toEqual([]);
  });

  test("nothing waits when all is shut while a read is to be tried again", async () => {
    const { clock, pubsub, state, held, ada } = two();
    state.failures = 1;
    pubsub.publish("user_access", ada.userId, {});
    await clock.asleep("held-grants-retry");

    held[Symbol.dispose]();
    await clock.advance(0);

    expect([held.size, clock.pending()]).toEqual([0, []]);
  });
});

test("what is shut hears nothing any more", () => {
  const { pubsub, held, makeUser } = makeWorld();
  const mark = held.mark();
  held[Symbol.dispose]();

  pubsub.publish("user_access", makeUser().userId, {});
  pubsub.publish("object_access", randomUUID(), {});
  pubsub.drop();

  expect(held.mark()).toBe(mark);
});

test("a list hears that its actor's organizations are others", async () => {
  const { clock, pubsub, makeUser, openList, change } = makeWorld();
  const ada = makeUser(["owner"]);
  const list = openList(ada);
  const held = new Map([[organizationId, ["organization-admin", "organization-member"]]]);

  change(ada, { organizationRoles: held });
  pubsub.publish("user_access", ada.userId, {});
  await clock.advance(0);

  expect(list.reaches).toEqual([true]);
});

describe("what a right is held on", () => {
  const ends: ApiError[] = [];
  const holder = { onEnded: (why: ApiError) => ends.push(why), onAgain: () => undefined };
  const role = {
    name: "own",
    displayName: "",
    assignable: true,
    user: ["template:update", "workspace:create"],
  } as const;

  function own() {
    ends.length = 0;
    const world = makeWorld();
    const ada: UserActor = { ...world.makeUser(), customRoles: [{ organizationId: undefined, role }] };
    world.actors.set(ada.keyId, ada);
    const ctx = createContext(ada, silentLogger, new AbortController().signal);
    const say = async (id: string) => {
      world.pubsub.publish("user_access", id, {});
      world.pubsub.publish("object_access", id, {});
      await world.clock.advance(0);
    };
    return { ...world, ada, ctx, say };
  }

  test("may be a template, whose owner is the one that it had where none is read", async () => {
    const { held, ada, ctx, owners, reads, say, actors } = own();
    const id = randomUUID();
    owners.set(id, undefined as never);
    held.hold(authorize(ctx, "template:update", { id, ownerId: ada.userId, organizationId }), ada, held.mark(), holder);

    await say(id);
    expect(reads[0]).toEqual({ keyIds: [ada.keyId], workspaceIds: [], templateIds: [id], chatIds: [] });
    expect(ends).toEqual([]);
    actors.set(ada.keyId, { ...ada, customRoles: [] });
    await say(ada.userId);

    expect(ends.map(({ code }) => code)).toEqual(["not_found"]);
  });

  test("that is gone ends it", async () => {
    const { held, ada, ctx, say } = own();
    const id = randomUUID();
    held.hold(authorize(ctx, "template:update", { id, ownerId: ada.userId, organizationId }), ada, held.mark(), holder);

    await say(id);

    expect(ends.map(({ code }) => code)).toEqual(["not_found"]);
  });

  test("may be nothing in particular, and then hangs on its actor alone", async () => {
    const { held, ada, ctx, actors, reads, say } = own();
    const granted = authorize(ctx, "workspace:create", { ownerId: ada.userId, organizationId: randomUUID() });
    held.hold(granted, ada, held.mark(), holder);

    await say(ada.userId);
    expect(reads.at(-1)).toEqual({ keyIds: [ada.keyId], workspaceIds: [], templateIds: [], chatIds: [] });
    expect(ends).toEqual([]);
    actors.set(ada.keyId, { ...ada, customRoles: [] });
    await say(ada.userId);

    expect(ends.map(({ code }) => code)).toEqual(["not_found"]);
  });

  test("is a workspace or a template: of nothing else is it known how the right ends", () => {
    const { held, ada, ctx } = own();
    const granted = authorize(ctx, "user:read", { id: ada.userId, ownerId: ada.userId });

    expect(() => held.hold(granted, ada, held.mark(), holder)).toThrow("user:read");
    expect(held.size).toBe(0);
  });
});

type Step =
  | { readonly do: "open" | "close" | "own" | "roles"; readonly which: number; readonly value: number }
  | { readonly do: "lose" | "slow" | "fast"; readonly which: number; readonly value: number };
const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom("open", "open", "close", "own", "roles", "lose", "slow", "fast"),
  which: fc.nat(2),
  value: fc.nat(2),
});

test("whatever happens in whatever order, what is open in the end is what may be, and it was told nothing else", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { clock, pubsub, owners, actors, state, held, makeUser, makeWorkspace, open } = makeWorld();
      const users = [makeUser(), makeUser(), makeUser(["owner"])] as const;
      const ids = [0, 1, 2].map((index) => makeWorkspace(users[index]?.userId ?? ""));
      const opened: { opened: ReturnType<typeof open>; user: number; id: string; isClosed: boolean }[] = [];
      const now = (user: number) => actors.get(users[user]?.keyId ?? "") ?? users[0];
      const may = (user: number, id: string) =>
        now(user).roles.includes("owner") || owners.get(id) === users[user]?.userId;
      let release: (() => void) | undefined;
      let isLost = false;
      for (const { do: what, which, value } of steps) {
        const [user, id] = [now(which), ids[value] ?? ""];
        if (what === "open" && may(which, id))
          opened.push({ opened: open(user, id), user: which, id, isClosed: false });
        else if (what === "close") {
          const one = opened[value];
          one?.opened.hold[Symbol.dispose]();
          if (one) one.isClosed = true;
        } else if (what === "own") {
          owners.set(id, user.userId);
          if (!isLost) pubsub.publish("object_access", id, {});
        } else if (what === "roles") {
          actors.set(user.keyId, { ...user, roles: value === 0 ? ["owner", "member"] : ["member"] });
          if (!isLost) pubsub.publish("user_access", user.userId, {});
        } else if (what === "lose") isLost = !isLost;
        else if (what === "slow") {
          const gate = Promise.withResolvers<void>();
          release?.();
          release = gate.resolve;
          state.gate = gate.promise;
        } else {
          release?.();
          state.gate = undefined;
        }
        await clock.advance(0);
      }
      release?.();
      state.gate = undefined;
      await clock.advance(60_000); // the poll stands behind what was lost
      await clock.advance(0);

      for (const { opened: one, user, id, isClosed } of opened) {
        if (!isClosed && one.ends.length === 0) expect(may(user, id)).toBe(true);
        if (!may(user, id) && !isClosed) expect(one.ends).toHaveLength(1);
        expect(one.ends.length).toBeLessThanOrEqual(1);
      }
      held[Symbol.dispose]();
      expect([held.size, clock.pending()]).toEqual([0, []]);
    }),
    { numRuns: 200 },
  );
});

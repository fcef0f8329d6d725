import { describe, expect, test } from "vitest";
import { silentLogger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { nowhere, type Reach, type ResourceObject } from "../../access/index.ts";
import { MemoryPubSub } from "../../ground/pubsub/index.ts";
import { EventFeed, type Follower } from "./event-feed.ts";
import type { KnownObject } from "./known-objects.ts";

/** A feed over workspaces that the test changes, and what was read of them. */
class Scene {
  readonly clock = new FakeClock();
  readonly pubsub = new MemoryPubSub(silentLogger);
  readonly reads: string[][] = [];
  readonly objects = new Map<string, ResourceObject>();
  /** What a look-up does before it is answered. */
  onRead: () => void = () => undefined;
  readonly feed = new EventFeed({
    pubsub: this.pubsub,
    clock: this.clock,
    log: silentLogger,
    findObjects: async (ids) => {
      this.reads.push([...ids]);
      const found = ids.flatMap((id): KnownObject[] => (this.objects.has(id) ? [{ ...this.objects.get(id), id }] : []));
      await Promise.resolve();
      this.onRead();
      return found;
    },
  });
  readonly #stop = new AbortController();
  readonly #following: Promise<void>[] = [];

  /** A workspace as it is from now on; `takenFrom` says that its lists changed. */
  put(id: string, object: ResourceObject, takenFrom?: string[]): void {
    const isNew = !this.objects.has(id);
    this.objects.set(id, object);
    if (!isNew) this.pubsub.publish("object_access", id, takenFrom === undefined ? {} : { taken_from: takenFrom });
  }

  say(id: string): void {
    const ownerId = this.objects.get(id)?.ownerId ?? "nobody";
    this.pubsub.publish("workspace_owner", ownerId, { kind: "state_change", workspace_id: id });
  }

  /** What a follower hears, by the workspace of each event. */
  follow(reach: Partial<Reach>): { heard: string[]; follower: Follower } {
    const follower = this.feed.follow({ ...nowhere, ...reach });
    const heard: string[] = [];
    this.#following.push(
      (async () => {
        for await (const batch of follower.batches(this.#stop.signal)) {
          for (const text of batch) {
            const event = JSON.parse(text) as { kind: string; workspace_id: string };
            heard.push(event.kind === "resync" ? "resync" : event.workspace_id);
          }
        }
        follower[Symbol.dispose]();
      })(),
    );
    return { heard, follower };
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#following);
    expect(this.feed.size).toBe(0);
    expect(this.clock.pending()).toEqual([]);
  }
}

const own = (ownerId: string) => ({ ownerId, anywhere: "allow" as const, organizations: new Map() });
const ofO = new Map([["o", "allow" as const]]);
const listed = (userId: string, ...groupIds: string[]) => ({
  acl: { userId, groupIds, organizationIds: ["o"], words: ["read", "use"] },
});

test.for<[what: string, reach: Partial<Reach>, heard: string[]]>([
  ["everything", { site: "allow" }, ["a", "b"]],
  ["its own", { own: own("ada") }, ["a"]],
  ["its own in its organization", { own: { ownerId: "bob", anywhere: undefined, organizations: ofO } }, ["b"]],
  ["its own in another", { own: { ownerId: "ada", anywhere: undefined, organizations: ofO } }, []],
  ["nothing", {}, []],
  ["nothing, because it was taken away", { site: "deny", own: own("ada") }, []],
  ["what is in its organization", { organizations: ofO }, ["b"]],
  ["its own and its organization's, once each", { organizations: ofO, own: own("bob") }, ["b"]],
  ["its own elsewhere, and its organization's", { organizations: ofO, own: own("ada") }, ["a", "b"]],
  ["its own, but for an organization's", { organizations: new Map([["o", "deny"]]), own: own("bob") }, []],
  ["of everything what its key reaches", { site: "allow", only: new Set(["b"]) }, ["b"]],
  ["of its own what its key reaches", { own: own("ada"), only: new Set(["b"]) }, []],
  ["of its organization's the same", { organizations: ofO, only: new Set(["a"]) }, []],
  ["what is shared with it", listed("eve"), ["b"]],
  ["what is shared with its group", listed("dan", "crew"), ["b"]],
  ["what was shared with it where it is no more", { acl: { ...listed("eve").acl, organizationIds: ["p"] } }, []],
  ["what is shared with others", listed("dan", "others"), []],
])("a follower who may read %s hears that", async ([, reach, expected]) => {
  const scene = new Scene();
  scene.put("a", { ownerId: "ada" });
  scene.put("b", { ownerId: "bob", organizationId: "o", userAcl: { eve: ["use"] }, groupAcl: { crew: ["use"] } });
  const { heard } = scene.follow(reach);

  scene.say("a");
  scene.say("b");
  await scene.clock.advance(100);

  expect(heard.toSorted()).toEqual(expected);
  await scene.end();
});

describe("while a feed is open", () => {
  test("a workspace that is shared with its follower is heard of at once, and no more when that ends", async () => {
    const scene = new Scene();
    const { clock } = scene;
    scene.put("a", { ownerId: "ada", organizationId: "o" });
    const [bob, inCrew, other] = [listed("bob"), listed("dan", "crew"), listed("eve")].map((reach) =>
      scene.follow(reach),
    );
    scene.say("a");
    await clock.advance(100);
    expect([bob?.heard, inCrew?.heard]).toEqual([[], []]);

    scene.put("a", { ownerId: "ada", organizationId: "o", userAcl: { bob: ["use"] }, groupAcl: { crew: ["use"] } });
    await clock.advance(100);
    expect([bob?.heard, inCrew?.heard]).toEqual([["a"], ["a"]]);

    scene.put("a", { ownerId: "ada", organizationId: "o" }, ["bob", "crew"]);
    await clock.advance(100);
    scene.say("a");
    await clock.advance(100);
    // Told to look, and of the workspace nothing.
    expect([bob?.heard, inCrew?.heard, other?.heard]).toEqual([["a", "resync"], ["a", "resync"], []]);
    await scene.end();
  });

  test("a list that changes while it is looked up is looked up again", async () => {
    const scene = new Scene();
    scene.put("a", { ownerId: "ada", organizationId: "o", userAcl: { bob: ["use"] } });
    const { heard } = scene.follow(listed("bob"));
    scene.onRead = () => {
      scene.onRead = () => undefined;
      scene.put("a", { ownerId: "ada", organizationId: "o" });
    };

    scene.say("a");
    await scene.clock.advance(100);

    expect(scene.reads).toHaveLength(2);
    expect(heard).toEqual([]);
    await scene.end();
  });

  test("a sharing that ends without a word is noticed within a minute", async () => {
    const scene = new Scene();
    scene.put("a", { ownerId: "ada", organizationId: "o", userAcl: { bob: ["use"] } });
    const { heard } = scene.follow(listed("bob"));
    scene.say("a");
    await scene.clock.advance(100);
    scene.objects.set("a", { ownerId: "ada", organizationId: "o" });

    await scene.clock.advance(60_000);
    scene.say("a");
    await scene.clock.advance(100);

    expect(heard).toEqual(["a"]);
    await scene.end();
  });

  test("its follower's own rights change: it reads everything, and hears what it may see from then on", async () => {
    const scene = new Scene();
    scene.put("a", { ownerId: "ada", organizationId: "o", groupAcl: { crew: ["use"] } });
    const { heard, follower } = scene.follow(listed("bob", "crew"));
    scene.say("a");
    await scene.clock.advance(100);

    follower.refit({ ...nowhere, ...listed("bob") });
    await scene.clock.advance(100);
    scene.say("a");
    await scene.clock.advance(100);

    expect(heard).toEqual(["a", "resync"]);
    await scene.end();
  });
});

test("events of a workspace are one look-up a minute, however many there are and however many follow", async () => {
  const scene = new Scene();
  scene.put("a", { ownerId: "ada", organizationId: "o", groupAcl: { o: ["use"] } });
  const followers = Array.from({ length: 50 }, (_, index) => scene.follow(listed(`user${index}`, "o")));

  for (let index = 0; index < 100; index++) {
    scene.say("a");
    await scene.clock.advance(100);
  }

  expect(scene.reads).toEqual([["a"]]);
  for (const { heard } of followers) expect(heard).toHaveLength(100);
  await scene.clock.advance(3_600_000);
  expect(scene.reads).toHaveLength(1); // idle
  await scene.end();
});

test("events that come while others are looked up are one look-up, and who sees everything waits for none", async () => {
  const scene = new Scene();
  for (const id of ["a", "b", "c"]) scene.put(id, { ownerId: "ada" });
  const all = scene.follow({ site: "allow" });
  const { heard } = scene.follow({ own: own("ada") });

  for (const id of ["a", "b", "c"]) scene.say(id);
  await scene.clock.advance(100);

  expect(scene.reads).toEqual([["a"], ["b", "c"]]);
  expect([all.heard, heard]).toEqual([
    ["a", "b", "c"],
    ["a", "b", "c"],
  ]);
  await scene.end();
});

test("a follower is told to read everything when messages are lost, when nobody may say who sees what, and after ten quiet minutes", async () => {
  const scene = new Scene();
  scene.put("a", { ownerId: "ada" });
  const { heard } = scene.follow({ own: own("ada") });

  scene.pubsub.drop();
  await scene.clock.advance(100);
  expect(heard).toEqual(["resync"]);
  scene.onRead = () => {
    throw new Error("no database");
  };
  scene.say("a");
  await scene.clock.advance(100);
  expect(heard).toEqual(["resync", "resync"]);
  await scene.clock.advance(600_000);
  expect(heard).toEqual(["resync", "resync", "resync"]);
  await scene.end();
});

test("a follower that does not read is bounded: it is told to read everything", async () => {
  const scene = new Scene();
  using follower = scene.feed.follow({ ...nowhere, site: "allow" });
  const stop = new AbortController();
  for (let index = 0; index < 2_000; index++) scene.say(`w${index}`);

  const { value } = await follower.batches(stop.signal).next();

  expect(value).toEqual(['{"kind":"resync","workspace_id":"00000000-0000-0000-0000-000000000000"}']);
  stop.abort();
});

test("the same event in one burst is one", async () => {
  const scene = new Scene();
  const { heard } = scene.follow({ site: "allow" });

  for (let index = 0; index < 10; index++) scene.say("a");
  await scene.clock.advance(100);

  expect(heard).toEqual(["a"]);
  await scene.end();
});

import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { silentLogger, type Logger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { systemActor, systemContext, type SystemActor } from "../access/index.ts";
import { testRights } from "../access/testing/index.ts";
import { runOutbox } from "../ground/outbox/index.ts";
import { BuildingWorld } from "../testing/index.ts";
import { deletionHandler, runCleanup } from "./cleanup.ts";

let world: BuildingWorld;
let clock: FakeClock;
beforeEach(async () => {
  clock = new FakeClock();
  world = await BuildingWorld.create({ clock });
});
afterEach(async () => await world[Symbol.asyncDispose]());

interface Left {
  /** The server was lost before it had asked for the workspace: this one is another's. */
  readonly isUnmade?: boolean;
  readonly deletes?: boolean;
}

/** A workspace that runs, and the run that made it, whose server is gone. */
async function leftBehind({ isUnmade = false, deletes = true }: Left = {}): Promise<string> {
  const template = await world.createTemplate();
  const { id, latest_build: build } = await world.createWorkspace(world.admin, template, "dev");
  await world.work();
  await world.db
    .insertInto("runs")
    .values({
      id: randomUUID(),
      owner_id: world.admin.id,
      body_hash: Buffer.alloc(0),
      build_id: isUnmade ? randomUUID() : build.id,
      deletes,
      replica_id: randomUUID(),
      created_at: new Date(clock.now()),
    })
    .execute();
  return id;
}

/** One look of the next server, and what follows from it. */
async function look(part: SystemActor = systemActor("runs"), log: Logger = silentLogger): Promise<void> {
  const { db, pubsub, sealKey } = world.deps();
  const deps = { db, pubsub, clock, log, sealKey };
  const stop = new AbortController();
  const looking = runCleanup(systemContext(part, log, stop.signal), deps);
  await clock.asleep("runs");
  const handlers = [deletionHandler((signal) => systemContext(part, log, signal), deps)];
  const delivering = runOutbox({ db, pubsub, clock, log: silentLogger, handlers }, stop.signal);
  await clock.asleep("outbox");
  stop.abort();
  await Promise.all([looking, delivering]);
}

async function isBeingDeleted(workspaceId: string): Promise<boolean> {
  const builds = await world.db
    .selectFrom("workspace_builds")
    .select("transition")
    .where("workspace_id", "=", workspaceId)
    .execute();
  return builds.some(({ transition }) => transition === "delete");
}

testRights("runs", {
  "workspace:delete": {
    async "deletes the workspace of a run whose server is gone"(part, log) {
      const id = await leftBehind();
      await look(part, log);
      return await isBeingDeleted(id);
    },
  },
});

test.for<[what: string, left: Left, isDeleted: boolean]>([
  ["that was lost as soon as it had asked is found by the build that it asked for", {}, true],
  ["that never asked for its workspace takes nobody's", { isUnmade: true }, false],
  ["that was to keep its workspace keeps it", { deletes: false }, false],
])("a run %s", async ([, left, isDeleted]) => {
  const id = await leftBehind(left);

  await look();

  expect(await isBeingDeleted(id)).toBe(isDeleted);
  expect(await world.db.selectFrom("runs").select("id").where("ended_at", "is", null).execute()).toEqual([]);
});

test("a run whose server lives is left alone", async () => {
  const id = await leftBehind();
  const alive = new Date(clock.now() + 60_000);
  const { replica_id: replicaId } = await world.db.selectFrom("runs").select("replica_id").executeTakeFirstOrThrow();
  await world.db
    .insertInto("replicas")
    .values({
      id: replicaId,
      hostname: "",
      address: "",
      version: "",
      started_at: alive,
      renewed_at: alive,
      expires_at: alive,
    })
    .execute();

  await look();

  expect(await isBeingDeleted(id)).toBe(false);
});

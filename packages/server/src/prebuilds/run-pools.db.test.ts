import { expect, test } from "vitest";
import { silentLogger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { recordingLogger } from "@hearth/base/recording-logger";
import { prebuildsUserId } from "@hearth/sdk";
import { BuildingWorld } from "../testing/index.ts";
import { runPools } from "./run-pools.ts";

const minute = 60_000;
/** From a wake to its cycle. */
const breathMs = 40;

/** The loop, and each cycle as it ends. */
async function startLoop(scene: BuildingWorld, clock: FakeClock, log = silentLogger) {
  const stop = new AbortController();
  const causes: string[] = [];
  let bell = Promise.withResolvers<void>();
  const deps: Parameters<typeof runPools>[0] = {
    database: scene.database,
    pubsub: scene.pubsub,
    clock,
    log,
    allowUnsandboxed: false,
    sealKey: scene.sealKey,
    config: { intervalMs: minute, backoffIntervalMs: minute, backoffLookbackMs: 60 * minute, failureHardLimit: 3 },
    onCycle(cycle) {
      causes.push(cycle.cause);
      bell.resolve();
    },
  };
  const running = runPools(deps, stop.signal);
  const cycles = async (count: number) => {
    while (causes.length < count) {
      await bell.promise;
      bell = Promise.withResolvers<void>();
    }
    await clock.asleep("prebuilds");
  };
  await cycles(1);
  return { causes, cycles, stop, running };
}

test("[prebuilds 90, 108] the first cycle is at the start, others at each wake and after each interval", async () => {
  const clock = new FakeClock();
  await using scene = await BuildingWorld.create({ clock });
  const loop = await startLoop(scene, clock);
  await scene.createTemplate({ presets: [{ name: "small", instances: 2 }] });

  scene.pubsub.publish("prebuilds_wake", "", { cause: "template_promoted" });
  await clock.advance(breathMs);
  await loop.cycles(2);
  const pool = await scene.db.selectFrom("workspaces").select("id").where("owner_id", "=", prebuildsUserId).execute();
  expect(pool).toHaveLength(2);
  await clock.advance(1.1 * minute);
  await loop.cycles(3);
  scene.pubsub.drop();
  // The clock may have moved while the last cycle ran: then its pause comes first.
  await clock.advance(2_000);
  await loop.cycles(4);

  expect(loop.causes.slice(0, 3)).toEqual(["start", "template_promoted", "interval"]);
  loop.stop.abort();
  await loop.running;
});

test("[prebuilds 91, 92] stopped it ends once its cycle has ended, and leaves nothing behind", async () => {
  const clock = new FakeClock();
  await using scene = await BuildingWorld.create({ clock });
  const loop = await startLoop(scene, clock);
  await scene.createTemplate({ presets: [{ name: "small", instances: 1 }] });

  scene.pubsub.publish("prebuilds_wake", "", { cause: "template_promoted" });
  await clock.advance(breathMs);
  loop.stop.abort();
  await loop.running;

  expect(clock.pending().filter(({ tag }) => tag?.startsWith("prebuilds") === true)).toEqual([]);
});

test("[prebuilds 95] a cycle that fails does not end the loop", async () => {
  const clock = new FakeClock();
  await using scene = await BuildingWorld.create({ clock });
  const log = recordingLogger();
  const loop = await startLoop(scene, clock, log);
  const settings = { name: "prebuilds", value: '"x"', updated_at: new Date(0) };
  await scene.db.insertInto("site_settings").values(settings).execute();

  scene.pubsub.publish("prebuilds_wake", "", { cause: "settings" });
  await clock.advance(breathMs);
  await clock.asleep("prebuilds");
  await scene.db.deleteFrom("site_settings").execute();
  await clock.advance(3 * minute);
  await loop.cycles(2);

  expect(log.lines.some(({ message }) => message === "loop pass failed")).toBe(true);
  loop.stop.abort();
  await loop.running;
});

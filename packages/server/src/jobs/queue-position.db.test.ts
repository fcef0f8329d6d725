import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { grantFor } from "../access/testing/index.ts";
import { transaction } from "../ground/database/index.ts";
import { cancelJob } from "./cancel.ts";
import { jobPriority } from "./job-row.ts";
import { queuePositions } from "./queue-position.ts";
import { QueueWorld } from "../testing/index.ts";
import { daemonStaleMs } from "./timing.ts";

let scene: QueueWorld;

beforeEach(async () => {
  scene = await QueueWorld.create();
});

afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

/** "position of size" for each, or nothing. */
async function positions(jobs: readonly { id: string }[]): Promise<(string | undefined)[]> {
  const ids = jobs.map(({ id }) => id);
  const found = await queuePositions(scene.db, ids, scene.clock.now());
  return ids.map((id) => {
    const at = found.get(id);
    return at === undefined ? undefined : `${at.position} of ${at.size}`;
  });
}

test("jobs stand as they will be taken: claims, humans, the pool, each by age", async () => {
  await scene.worker();
  const { claim, human, pool } = jobPriority;
  const jobs = [
    await scene.post({ priority: pool, ageMs: 9_000 }),
    await scene.post({ priority: human, ageMs: 1_000 }),
    await scene.post({ priority: human, ageMs: 2_000 }),
    await scene.post({ priority: claim }),
  ];

  expect(await positions(jobs)).toEqual(["4 of 4", "3 of 4", "2 of 4", "1 of 4"]);
  // Whichever are asked for, all count.
  expect(await positions(jobs.slice(0, 1))).toEqual(["4 of 4"]);
});

test("what does not wait has no place, and takes none", async () => {
  await scene.worker();
  const running = await scene.taken();
  const canceled = await scene.post();
  await transaction(scene.ctx, scene.db, { name: "test" }, (tx) =>
    cancelJob(tx, scene.pubsub, grantFor("template:update", {}), { jobId: canceled.id, nowMs: scene.clock.now() }),
  );
  // As a server before this one may have left it.
  const asked = { canceled_at: new Date(scene.clock.now()) };
  const left = await scene.post();
  await scene.db.updateTable("provisioner_jobs").set(asked).where("id", "=", left.id).execute();
  const waiting = await scene.post();

  expect(await positions([left])).toEqual([undefined]);
  expect(await positions([running, canceled, waiting, { id: randomUUID() }])).toEqual([
    undefined,
    undefined,
    "1 of 1",
    undefined,
  ]);
  expect(await positions([])).toEqual([]);
});

test("of several queues the best place counts, and the longest queue", async () => {
  await scene.worker({ gpu: "1" });
  await scene.worker({ gpu: "1", zone: "a" });
  const zoned = await scene.post({ tags: { zone: "a" }, ageMs: 2_000 });
  const both = await scene.post({ tags: { gpu: "1" }, ageMs: 1_000 });

  // Second at the worker of the zone, first at the other.
  expect(await positions([zoned, both])).toEqual(["1 of 2", "1 of 2"]);
});

test("workers with the same tags are one queue", async () => {
  for (let count = 0; count < 3; count++) await scene.worker();

  expect(await positions([await scene.post({ ageMs: 1 }), await scene.post()])).toEqual(["1 of 2", "2 of 2"]);
});

test("what no living worker can run has no place", async () => {
  await scene.worker();
  await scene.worker({ gpu: "1" });
  const [plain, tagged, foreign] = [
    await scene.post(),
    await scene.post({ tags: { gpu: "1" } }),
    await scene.post({ tags: { gpu: "2" } }),
  ];
  expect(await positions([plain, tagged, foreign])).toEqual(["1 of 1", "1 of 1", undefined]);

  await scene.clock.advance(daemonStaleMs - 1);
  expect(await positions([plain, tagged, foreign])).toEqual(["1 of 1", "1 of 1", undefined]);
  await scene.clock.advance(1);

  expect(await positions([plain, tagged, foreign])).toEqual([undefined, undefined, undefined]);
});

import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { armFailpoints } from "@hearth/base";
import { recordingLogger } from "@hearth/base/recording-logger";
import { systemContext } from "../access/index.ts";
import { grantFor } from "../access/testing/index.ts";
import { QueueWorld } from "../testing/index.ts";
import { noteWait, whyWaits } from "./why-waits.ts";

let scene: QueueWorld;

beforeEach(async () => {
  scene = await QueueWorld.create();
});

afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

test("of the daemons of a job's host the one that was seen last is named, of several the first by name", async () => {
  const hostId = randomUUID();
  const job = await scene.post({ requires: { host_id: hostId } });
  const seen = async (name: string, lastSeenAt: Date | null, host = hostId) => {
    const { daemonId } = await scene.worker({}, { name, hostId: host });
    const columns = { last_seen_at: lastSeenAt };
    await scene.db.updateTable("provisioner_daemons").set(columns).where("id", "=", daemonId).execute();
  };
  expect(await whyWaits(scene.db, job)).toContain(`of the id ${hostId}`);

  await seen("elsewhere", new Date(9_000), randomUUID());
  await seen("never", null);
  expect(await whyWaits(scene.db, job)).toContain('"never" which is away');
  for (const name of ["c", "a", "b"]) await seen(name, new Date(1_000));
  expect(await whyWaits(scene.db, job)).toContain('"a", last seen at 1970-01-01T00:00:01.000Z,');
  await seen("z", new Date(2_000));

  expect(await whyWaits(scene.db, job)).toContain('"z", last seen at 1970-01-01T00:00:02.000Z,');
});

test("of a job that may run on any host nothing is asked to say why it waits", async () => {
  const job = await scene.post({ tags: { zone: "a" } });
  const statements = scene.recordStatements();

  expect(await whyWaits(scene.db, job)).toContain("zone=a");
  expect(statements).toEqual([]);
});

test("what waits is told so in its log, at once, as a warning of its queue; what runs or is gone is not", async () => {
  const { db, pubsub, clock } = scene;
  const log = recordingLogger();
  const ctx = systemContext("provisioner daemon", log, new AbortController().signal);
  await scene.worker({ gpu: "1" });
  const waiting = await scene.post({ tags: { zone: "a" } });
  const running = await scene.taken();

  const granted = grantFor("template:update", {});
  for (const id of [waiting.id, running.id, randomUUID()]) await noteWait(ctx, { db, pubsub, clock }, granted, id);

  const lines = await db.selectFrom("provisioner_job_logs").selectAll().execute();
  expect(lines).toMatchObject([
    {
      job_id: waiting.id,
      created_at: new Date(clock.now()),
      level: "warn",
      source: "provisioner_daemon",
      stage: "Queued",
      output: expect.stringMatching(
        /^Waiting\. There is no provisioner with the tags .*zone=a.*: start one\.$/,
      ) as string,
    },
  ]);
  expect(log.lines).toEqual([]);
});

test("what cannot be said in the log of a job that waits is said in the server's: the job is queued all the same", async () => {
  const { db, pubsub, clock } = scene;
  const log = recordingLogger();
  const ctx = systemContext("setup", log, new AbortController().signal);
  const { id } = await scene.post();
  armFailpoints((name) => {
    if (name === "note_wait:before_commit") throw new Error("the connection broke");
  });
  onTestFinished(() => armFailpoints(undefined));

  await noteWait(ctx, { db, pubsub, clock }, grantFor("template:update", {}), id);

  expect(log.lines).toMatchObject([{ level: "warn", fields: { jobId: id, err: new Error("the connection broke") } }]);
});

import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { grantFor } from "../access/testing/index.ts";
import type { WorkerIdentity } from "@hearth/provisioner";
import type { PubSub } from "../ground/pubsub/index.ts";
import { Acquirer } from "./acquirer.ts";
import { untagged } from "./job-row.ts";
import { anywhere } from "./placement.ts";
import { QueueWorld, WatchedStatements } from "../testing/index.ts";
import { acquirePollMs } from "./timing.ts";

let scene: QueueWorld;
/** For jobs: every acquisition says this; renewals and ends do not. */
let questions: WatchedStatements;
let acquirer: Acquirer;
let worker: WorkerIdentity;

beforeEach(async () => {
  scene = await QueueWorld.create();
  worker = await scene.worker();
  questions = new WatchedStatements(scene.database, /update provisioner_jobs j set started_at/);
  acquirer = new Acquirer(scene.deps, worker);
});

afterEach(async () => {
  await acquirer[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

interface Waiting {
  readonly leave: AbortController;
  /** The job's id, or why there is none. */
  readonly answer: Promise<string>;
}

function wait(): Waiting {
  const leave = new AbortController();
  const answer = acquirer.acquire(grantFor("provisioner_jobs:update", {}), worker.daemonId, leave.signal).then(
    (job) => job.id,
    (error: unknown) => `none: ${String(error)}`,
  );
  return { leave, answer };
}

/** So many that wait, all of whose questions were answered: only a message or the poll makes them ask again. */
async function waitAsleep(count: number): Promise<Waiting[]> {
  const waiting = Array.from({ length: count }, wait);
  await asked(1);
  return waiting;
}

/** Until so many questions more were answered than before, and nothing is asked any more. */
async function asked(more: number): Promise<void> {
  await questions.answered(questions.sent + more);
  await rest();
}

/** Until nothing is asked any more. */
async function rest(): Promise<void> {
  do {
    await questions.answered(questions.sent);
    await scene.clock.advance(0);
  } while (questions.open > 0);
}

describe("questions to the database", () => {
  test("[builds 51] fifty that wait ask once in 30 s, together", async () => {
    await waitAsleep(50);
    const atFirst = questions.sent;
    expect(atFirst).toBeGreaterThan(0);
    expect(atFirst).toBeLessThanOrEqual(2);

    for (let ms = 0; ms < 10 * 60_000; ms += acquirePollMs) {
      const poll = asked(1);
      await scene.clock.advance(acquirePollMs);
      await poll;
    }

    expect(questions.sent - atFirst).toBe(20);
    expect(questions.most).toBe(1);
  });

  test("many messages during one are one more, and that one finds what was posted meanwhile", async () => {
    const held = questions.holdNext();
    const { answer } = wait();
    await held.arrived; // nothing was there
    const job = await scene.post();
    for (let count = 0; count < 5; count++) {
      scene.pubsub.publish("provisioner_job_posted", scene.organizationId, { ...anywhere, tags: untagged });
    }
    expect(questions.sent).toBe(1);

    held.open();

    expect(await answer).toBe(job.id);
    await rest();
    expect([questions.sent, questions.most]).toEqual([2, 1]);
  });

  test("nobody asks where nobody waits", async () => {
    await scene.post();
    await scene.clock.advance(10 * acquirePollMs);
    await rest();

    expect(questions.sent).toBe(0);
  });

  test("one that fails is told, and the poll asks again", async () => {
    const [waiting] = await waitAsleep(1);
    await sql`alter table provisioner_jobs rename to elsewhere`.execute(scene.db);
    const failing = asked(1);
    scene.pubsub.drop();
    await failing;
    await sql`alter table elsewhere rename to provisioner_jobs`.execute(scene.db);
    const job = await scene.post({ unheard: true });
    expect(scene.log.lines.map(({ level, message }) => [level, message])).toEqual([
      ["warn", "taking a job failed, the poll tries again"],
    ]);

    await scene.clock.advance(acquirePollMs);

    expect(await waiting?.answer).toBe(job.id);
  });
});

describe("messages", () => {
  test("a posting wakes whoever waits", async () => {
    const [waiting] = await waitAsleep(1);

    const job = await scene.post();

    expect(await waiting?.answer).toBe(job.id);
  });

  test("of a backlog everything is taken after one message", async () => {
    const waiting = await waitAsleep(6);
    const silent: string[] = [];
    for (let count = 0; count < 5; count++) silent.push((await scene.post({ unheard: true })).id);
    expect(questions.sent).toBeLessThanOrEqual(2);

    const last = await scene.post();

    const taken = await Promise.all(waiting.map(({ answer }) => answer));
    expect(taken.toSorted()).toEqual([...silent, last.id].toSorted());
    expect(questions.most).toBe(1);
  });

  test("whoever waited longest is served first, however often was asked in vain", async () => {
    const waiting = await waitAsleep(3);

    for (const { answer } of waiting) {
      const job = await scene.post();
      expect(await answer).toBe(job.id);
    }
  });

  test("[builds 53] a lost posting costs the poll's 30 s and no more", async () => {
    const [waiting] = await waitAsleep(1);
    const before = questions.sent;
    const job = await scene.post({ unheard: true });

    await scene.clock.advance(acquirePollMs - 1);
    await rest();
    expect(questions.sent).toBe(before);
    await scene.clock.advance(1);

    expect(await waiting?.answer).toBe(job.id);
  });

  test("news that messages were lost is as good as one", async () => {
    const [waiting] = await waitAsleep(1);
    const job = await scene.post({ unheard: true });

    scene.pubsub.drop();

    expect(await waiting?.answer).toBe(job.id);
  });

  test("[builds 52] every domain is woken: one without an idle worker does not keep the job from another", async () => {
    const [busy, idle] = [await scene.worker({ env: "dev" }), await scene.worker({ env: "dev", gpu: "1" })];
    const never = new AbortController().signal;
    const first = await scene.post({ tags: { env: "dev" } });
    expect((await scene.jobs.acquire(busy, never)).id).toBe(first.id);
    const taking = scene.jobs.acquire(idle, never);
    await rest();

    const second = await scene.post({ tags: { env: "dev" } });

    expect((await taking).id).toBe(second.id);
    expect(await scene.job(second.id)).toMatchObject({ worker_id: idle.daemonId });
  });
});

test.for<[string, Parameters<QueueWorld["post"]>[0] & { elsewhere?: boolean }]>([
  ["tags", { tags: { gpu: "1" } }],
  ["a language", { requires: { language: "terraform" } }],
  ["an engine", { requires: { engine: "docker" } }],
  ["a host", { requires: { host_id: randomUUID() } }],
  ["an organization", { elsewhere: true }],
])("a posting that requires %s that nobody here has costs no question", async ([, { elsewhere, ...given }]) => {
  await waitAsleep(1);
  const before = questions.sent;
  const organizationId = elsewhere === true ? await scene.createOrganization() : scene.organizationId;

  await scene.post({ ...given, organizationId });
  await rest();

  expect(questions.sent).toBe(before);
});

describe("one that leaves", () => {
  test("while nothing is asked is let go at once, and nothing is taken for it", async () => {
    const [leaving, staying] = await waitAsleep(2);
    leaving?.leave.abort("gone");
    expect(await leaving?.answer).toBe("none: gone");

    const job = await scene.post();

    expect(await staying?.answer).toBe(job.id);
    await rest();
    expect(await scene.job(job.id)).toMatchObject({ attempts: 1 });
  });

  test("had left before it came does not wait", async () => {
    await expect(
      acquirer.acquire(grantFor("provisioner_jobs:update", {}), randomUUID(), AbortSignal.abort(new Error("gone"))),
    ).rejects.toThrow("gone");
    await rest();
    expect(questions.sent).toBe(0);
  });

  test("while its job is on the way gets it: it is taken, and must be given back by somebody", async () => {
    const job = await scene.post();
    const held = questions.holdNext();
    const { leave, answer } = wait();
    await held.arrived;

    leave.abort("gone");
    held.open();

    expect(await answer).toBe(job.id);
    expect(await scene.job(job.id)).toMatchObject({ job_status: "running" });
  });

  test("while a question of its own finds nothing is let go, and the next one asks", async () => {
    const held = questions.holdNext();
    const leaving = wait();
    const staying = wait();
    await held.arrived;
    const job = await scene.post({ unheard: true });

    leaving.leave.abort("gone");
    held.open();

    expect(await leaving.answer).toBe("none: gone");
    // It came during the question, which is a wake of its own.
    expect(await staying.answer).toBe(job.id);
  });
});

test("disposed, it asks no more and leaves no timer and no ear behind", async () => {
  const ears = new Set<string>();
  const { pubsub, clock } = scene;
  const counting: PubSub = {
    publish: (...message) => pubsub.publish(...message),
    hear: (...message) => pubsub.hear(...message),
    subscribe(channel, key, subscriber) {
      const subscription = pubsub.subscribe(channel, key, subscriber);
      ears.add(channel);
      return {
        [Symbol.dispose]() {
          ears.delete(channel);
          subscription[Symbol.dispose]();
        },
      };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  await acquirer[Symbol.asyncDispose]();
  acquirer = new Acquirer({ ...scene.deps, pubsub: counting }, worker);
  const { leave, answer } = wait();
  await asked(1);
  const before = questions.sent;
  expect([...ears]).toEqual(["provisioner_job_posted"]);

  await acquirer[Symbol.asyncDispose]();
  await scene.post();
  await rest();

  expect(questions.sent).toBe(before);
  expect([ears.size, clock.pending()]).toEqual([0, []]);
  leave.abort("gone");
  expect(await answer).toBe("none: gone");
});

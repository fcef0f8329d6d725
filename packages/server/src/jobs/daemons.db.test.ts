import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { grantFor } from "../access/testing/index.ts";
import {
  forgetDaemons,
  listDaemons,
  matchedProvisioners,
  purgeDaemons,
  touchDaemons,
  unsandboxedEverywhere,
  upsertDaemon,
} from "./daemons.ts";
import { findJobs } from "./queue.ts";
import { BuildingWorld, importResult, QueueWorld } from "../testing/index.ts";
import { runReaper } from "./reaper.ts";
import { daemonKeptMs, daemonStaleMs, purgeEveryMs } from "./timing.ts";

let scene: QueueWorld;

beforeEach(async () => {
  scene = await QueueWorld.create();
});

afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

const mayRegister = () => grantFor("provisioner_daemon:create", { organizationId: scene.organizationId });
const list = () => listDaemons(scene.db, scene.organizationId, scene.clock.now());

describe("a daemon", () => {
  test("[builds 60] that comes again under its name keeps its row and id", async () => {
    const facts = { replicaId: randomUUID(), version: "1" };
    const first = scene.daemon({ name: "host-0", tags: {} });
    expect(await upsertDaemon(scene.db, mayRegister(), first, facts, scene.clock.now())).toBe(first.daemonId);
    await scene.clock.advance(60_000);

    const again = { ...first, daemonId: randomUUID() };
    expect(await upsertDaemon(scene.db, mayRegister(), again, { ...facts, version: "2" }, scene.clock.now())).toBe(
      first.daemonId,
    );

    const at = new Date(scene.clock.now()).toISOString();
    expect(await list()).toMatchObject([{ id: first.daemonId, version: "2", last_seen_at: at, status: "idle" }]);
  });

  test("of the same name for another user is another", async () => {
    const facts = { replicaId: randomUUID(), version: "1" };
    for (const owner of ["a", "b"]) {
      const worker = scene.daemon({ name: "mine", tags: { scope: "user", owner } });
      expect(await upsertDaemon(scene.db, mayRegister(), worker, facts, scene.clock.now())).toBe(worker.daemonId);
    }

    expect(await list()).toHaveLength(2);
  });

  test("[builds 61] that is silent for more than 90 s is offline", async () => {
    await scene.worker();
    await scene.clock.advance(90_000);
    expect(await list()).toMatchObject([{ status: "idle" }]);

    await scene.clock.advance(1_000);

    expect(await list()).toMatchObject([{ status: "offline" }]);
  });

  test("shows what it does, and what it did last", async () => {
    const worker = await scene.worker();
    const job = await scene.taken(worker);
    expect(await list()).toMatchObject([
      { status: "busy", current_job: { id: job.id, status: "running" }, previous_job: null },
    ]);

    await scene.jobs.complete(job, importResult());

    expect(await list()).toMatchObject([
      { status: "idle", current_job: null, previous_job: { id: job.id, status: "succeeded" } },
    ]);
  });

  test("shows its own jobs, of each kind the latest, and none that waits", async () => {
    const [worker, other] = [await scene.worker(), await scene.worker()];
    const jobs = [
      await scene.taken(worker),
      await scene.taken(worker),
      await scene.taken(worker),
      await scene.taken(worker),
    ];
    const [first, second, third, fourth] = jobs.map(({ id }) => id);
    const at = (seconds: number) => new Date(scene.clock.now() + seconds * 1_000);
    for (const [id, columns] of [
      [first, { started_at: at(0), completed_at: at(1) }],
      [second, { started_at: at(0), completed_at: at(2) }],
      [third, { started_at: at(3) }],
      [fourth, { started_at: at(4) }],
    ] as const) {
      await scene.db
        .updateTable("provisioner_jobs")
        .set(columns)
        .where("id", "=", id ?? "")
        .execute();
    }
    const shown = async (id: string) => {
      const daemons = (await list()).filter((each) => each.id === id);
      return daemons.map((daemon) => [daemon.current_job?.id, daemon.previous_job?.id]);
    };

    expect(await shown(worker.daemonId)).toEqual([[fourth, second]]);
    expect(await shown(other.daemonId)).toEqual([[undefined, undefined]]);
    const waiting = { started_at: null, completed_at: null };
    await scene.db.updateTable("provisioner_jobs").set(waiting).where("worker_id", "=", worker.daemonId).execute();
    expect(await shown(worker.daemonId)).toEqual([[undefined, undefined]]);
  });

  test("comes by name among those of its moment", async () => {
    const facts = { replicaId: randomUUID(), version: "1" };
    for (const name of ["d", "c", "g", "a", "f", "b", "e"]) {
      await upsertDaemon(scene.db, mayRegister(), scene.daemon({ name, tags: {} }), facts, scene.clock.now());
    }

    expect((await list()).map(({ name }) => name)).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
  });

  test("shows the template of its jobs, of a build and of an import", async () => {
    await using building = await BuildingWorld.create();
    const { db, worker } = building;
    const [one, two] = [await building.createTemplate({ name: "one" }), await building.createTemplate({ name: "two" })];
    await building.createWorkspace(building.ada, one, "mine");
    await building.acquire();
    const { job_id } = await db
      .selectFrom("template_versions")
      .select("job_id")
      .where("id", "=", two.versionId)
      .executeTakeFirstOrThrow();
    const input = JSON.stringify({ template_version_id: two.versionId, variables: [] });
    const columns = { worker_id: worker.daemonId, input };
    await db.updateTable("provisioner_jobs").set(columns).where("id", "=", job_id).execute();

    const daemons = await listDaemons(db, building.organizationId, building.clock.now());

    expect(daemons).toMatchObject([
      { current_job: { template_name: "one" }, previous_job: { id: job_id, template_name: "two" } },
    ]);
  });

  test("is listed in its organization, newest first, then by name", async () => {
    const names = ["b", "d", "a", "c"];
    for (const name of names) await scene.worker({}, { name });
    await scene.clock.advance(1_000);
    await scene.worker({}, { name: "z" });
    await scene.worker({}, { name: "elsewhere", organizationId: await scene.createOrganization() });

    expect((await list()).map(({ name }) => name)).toEqual(["z", "a", "b", "c", "d"]);
  });

  test("lives as long as its replica says so, and no longer", async () => {
    const replicaId = randomUUID();
    const facts = { replicaId, version: "1" };
    await upsertDaemon(scene.db, mayRegister(), scene.daemon({ name: "host-0", tags: {} }), facts, scene.clock.now());
    await scene.worker(); // another replica's
    const job = await scene.post();
    const available = async () => (await matchedProvisioners(scene.db, job, scene.clock.now())).available;
    expect(await available()).toBe(2);

    await scene.clock.advance(daemonStaleMs);
    await touchDaemons(scene.db, grantFor("provisioner_daemon:update", {}), replicaId, scene.clock.now());
    expect(await available()).toBe(1);
    await forgetDaemons(scene.db, grantFor("provisioner_daemon:update", {}), replicaId, scene.clock.now());

    expect(await available()).toBe(0);
    expect((await list()).map(({ status }) => status)).toEqual(["offline", "idle"]);
  });
});

describe("why a version's builds would run without a sandbox", () => {
  const tags = { gpu: "1" };
  const none = { process: { livesOnHost: true, unsandboxed: "no bwrap" } };
  const register = async (given: Parameters<QueueWorld["daemon"]>[0], seenMs = scene.clock.now()) =>
    await upsertDaemon(scene.db, mayRegister(), scene.daemon(given), { replicaId: randomUUID(), version: "1" }, seenMs);

  /** Of a version whose import needs a GPU. */
  async function why(): Promise<string | null | undefined> {
    const { id } = await scene.post({ tags });
    await scene.post(); // of another version, which anybody may run
    const { rows } = await sql<{ why: string | null }>`
      select ${unsandboxedEverywhere(scene.clock.now())} as why
      from (values (${id}::uuid, 'native', 'process')) v (job_id, language, engine)`.execute(scene.db);
    return rows[0]?.why;
  }

  test("is not known while nobody is there who may run it", async () => {
    await register({ engines: none });

    expect(await why()).toBeNull();
  });

  test("is what a daemon says that may run it, while none of these has one", async () => {
    await register({ tags, engines: none });
    expect(await why()).toBe("no bwrap");

    await register({}); // may not run it
    await register({ tags }, scene.clock.now() - daemonStaleMs); // is away
    expect(await why()).toBe("no bwrap");

    await register({ tags });
    expect(await why()).toBeNull();
  });
});

describe("the row of a daemon that is not seen any more", () => {
  const purge = () => purgeDaemons(scene.db, grantFor("provisioner_daemon:delete", {}), scene.clock.now());
  const names = async () => (await list()).map(({ name }) => name).toSorted();

  test("goes after a week, and the jobs that it ran keep its name", async () => {
    const worker = await scene.worker();
    const job = await scene.taken(worker);
    await scene.jobs.complete(job, importResult());
    await scene.clock.advance(daemonKeptMs);
    expect(await purge()).toEqual([]);

    await scene.clock.advance(1);

    expect(await purge()).toEqual([worker.name]);
    expect(await list()).toEqual([]);
    expect((await findJobs(scene.db, [job.id])).get(job.id)?.worker_name).toBe(worker.name);
  });

  test("stays for a week from when it said that it goes", async () => {
    const replicaId = randomUUID();
    const facts = { replicaId, version: "1" };
    await upsertDaemon(scene.db, mayRegister(), scene.daemon({ name: "host-0", tags: {} }), facts, scene.clock.now());
    await scene.clock.advance(2 * daemonKeptMs);
    await forgetDaemons(scene.db, grantFor("provisioner_daemon:update", {}), replicaId, scene.clock.now());

    await scene.clock.advance(daemonKeptMs);
    expect(await purge()).toEqual([]);
    await scene.clock.advance(1);
    expect(await purge()).toEqual(["host-0"]);
  });

  test("stays while it holds a job, and while another of its organization is seen", async () => {
    const worker = await scene.worker();
    const job = await scene.taken(worker);
    const other = await scene.worker();
    const idle = await scene.worker();
    await scene.clock.advance(daemonKeptMs + 1);
    const facts = { replicaId: randomUUID(), version: "1" };
    await upsertDaemon(scene.db, mayRegister(), other, facts, scene.clock.now());

    // A job that another holds keeps nobody else.
    expect(await purge()).toEqual([idle.name]);

    await scene.jobs.complete(job, importResult());
    expect(await purge()).toEqual([worker.name]);
    expect(await names()).toEqual([other.name]);
  });

  test("is taken away by the reaper", async () => {
    await scene.worker();
    const stop = new AbortController();
    const running = runReaper(scene.deps, stop.signal);
    await scene.clock.asleep("gone-daemons");

    await scene.clock.advance(daemonKeptMs);
    await scene.clock.asleep("gone-daemons");
    await scene.clock.advance(2 * purgeEveryMs); // a pass each hour, a tenth more or less
    await scene.clock.asleep("gone-daemons");

    expect(await list()).toEqual([]);
    stop.abort();
    await running;
  });
});

describe("who could run a job", () => {
  test("is counted with its tags, and with when one was seen last", async () => {
    await scene.worker();
    await scene.worker({ gpu: "1" });
    await scene.clock.advance(daemonStaleMs);
    await scene.worker({ gpu: "1", zone: "a" });
    const matched = async (tags: Record<string, string>) =>
      await matchedProvisioners(scene.db, await scene.post({ tags }), scene.clock.now());
    const now = new Date(scene.clock.now()).toISOString();
    const before = new Date(scene.clock.now() - daemonStaleMs).toISOString();

    expect(await matched({ gpu: "1" })).toEqual({ count: 2, available: 1, most_recently_seen: now });
    expect(await matched({})).toEqual({ count: 1, available: 0, most_recently_seen: before });
    expect(await matched({ gpu: "2" })).toEqual({ count: 0, available: 0, most_recently_seen: null });
  });
});

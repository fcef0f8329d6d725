import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemContext } from "../access/index.ts";
import { grantFor } from "../access/testing/index.ts";
import { recordingLogger } from "@hearth/base/recording-logger";
import type { AgentIncident, Engine, EngineHost, WorkerIdentity } from "@hearth/provisioner";
import { FakeClock } from "@hearth/base/fake-clock";
import { createBuild } from "../workspaces/index.ts";
import { BuildingWorld, type TemplateFixture } from "../testing/index.ts";
import { matchedProvisioners } from "./daemons.ts";
import { keepHost } from "./hosts.ts";
import { acquireJob } from "./queue.ts";
import { queuePositions } from "./queue-position.ts";

let scene: BuildingWorld;
let clock: FakeClock;
let template: TemplateFixture;
/** Two hosts, each with a daemon that runs processes. */
let here: WorkerIdentity;
let there: WorkerIdentity;

beforeEach(async () => {
  clock = new FakeClock();
  scene = await BuildingWorld.create({ clock });
  template = await scene.createTemplate();
  here = scene.worker;
  there = await scene.addWorker({ name: "there", hostId: randomUUID() });
});

afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

async function build(workspaceId: string, transition: "start" | "stop" | "delete") {
  return await createBuild(scene.admin.ctx, scene.deps(), workspaceId, { transition });
}

/** The job that the daemon would take now, which it then has. */
async function take(worker: WorkerIdentity): Promise<string | undefined> {
  return (await acquireJob(scene.db, grantFor("provisioner_jobs:update", {}), worker.daemonId, clock.now()))?.id;
}

async function logOf(jobId: string): Promise<string[]> {
  const rows = await scene.db.selectFrom("provisioner_job_logs").select("output").where("job_id", "=", jobId).execute();
  return rows.map(({ output }) => output);
}

async function goAway(worker: WorkerIdentity): Promise<void> {
  await scene.db
    .updateTable("provisioner_daemons")
    .set({ last_seen_at: null })
    .where("id", "=", worker.daemonId)
    .execute();
}

describe("a workspace whose engine keeps it on one host", () => {
  test.for(["here", "there"] as const)("is built wherever somebody is free: %s", async (which) => {
    const { id } = await scene.createWorkspace(scene.ada, template, "dev");
    const worker = which === "here" ? here : there;

    const job = await scene.work({}, worker);

    expect(job.workspace.id).toBe(id);
    const placed = await scene.db.selectFrom("workspace_placements").selectAll().execute();
    expect(placed).toEqual([{ workspace_id: id, engine: "process", host_id: worker.hostId }]);
  });

  test.for(["start", "stop", "delete"] as const)(
    "has its %s done where it is, and nowhere else",
    async (transition) => {
      const { id } = await scene.createWorkspace(scene.ada, template, "dev");
      await scene.work({}, there);
      const { job } = (await build(id, transition)).build;

      expect(await take(here)).toBeUndefined();
      expect(await take(there)).toBe(job.id);
    },
  );

  test("waits, with the reason in its log, while that host is away, and goes on when it is back", async () => {
    const { id } = await scene.createWorkspace(scene.ada, template, "dev");
    await scene.work({}, there);
    await goAway(there);

    const { job, matched_provisioners } = (await build(id, "stop")).build;

    expect(matched_provisioners).toMatchObject({ count: 1, available: 0 });
    expect(await take(here)).toBeUndefined();
    expect((await queuePositions(scene.db, [job.id], clock.now())).size).toBe(0);
    expect(await logOf(job.id)).toEqual([
      'Waiting. The workspace is held by the host of the provisioner "there" which is away: start that one again, or delete the workspace as an orphan, which loses what is there.',
    ]);

    const again = await scene.addWorker({ name: "there", hostId: there.hostId });
    expect(await take({ ...again, daemonId: there.daemonId })).toBe(job.id);
  });

  test("says nothing of a host that is there", async () => {
    const { id } = await scene.createWorkspace(scene.ada, template, "dev");
    await scene.work({}, there);

    expect(await logOf((await build(id, "stop")).build.job.id)).toEqual([]);
  });

  test("is an orphan at once when that host is away", async () => {
    const { id } = await scene.createWorkspace(scene.ada, template, "dev");
    await scene.work({}, there);
    await goAway(there);

    const deleted = await createBuild(scene.admin.ctx, scene.deps(), id, { transition: "delete", orphan: true });

    expect(deleted.build.job.status).toBe("succeeded");
  });

  test("that a first build left nothing of may be built elsewhere; what one left binds it", async () => {
    const { id } = await scene.createWorkspace(scene.ada, template, "dev");
    const failure = { error: "no", errorCode: "" } as const;
    await scene.jobs.fail(await scene.acquire(there), { ...failure, state: undefined });
    await build(id, "start");
    await scene.jobs.fail(await scene.acquire(here), { ...failure, state: new Uint8Array([1]) });

    const { job } = (await build(id, "stop")).build;

    expect(await take(there)).toBeUndefined();
    expect(await take(here)).toBe(job.id);
  });
});

test("a daemon that has another engine is not given what it cannot build, and is counted for what it can", async () => {
  const docker = await scene.addWorker({
    name: "docker",
    engines: { docker: { livesOnHost: false } },
    hostId: undefined,
  });
  const inDocker = await scene.createTemplate({ engine: "docker" });
  const process = (await scene.createWorkspace(scene.ada, template, "one")).latest_build;
  const container = (await scene.createWorkspace(scene.ada, inDocker, "two")).latest_build;
  expect([process, container].map((each) => each.matched_provisioners)).toMatchObject([{ count: 2 }, { count: 1 }]);
  const places = await queuePositions(scene.db, [process.job.id, container.job.id], clock.now());
  expect([...places.values()]).toEqual([
    { position: 1, size: 1 },
    { position: 1, size: 1 },
  ]);

  expect(await take(docker)).toBe(container.job.id);
  expect(await take(docker)).toBeUndefined();
  expect(await take(here)).toBe(process.job.id);
});

test("what lives on no host may be ended by any daemon that has its engine", async () => {
  const engines = { docker: { livesOnHost: false } };
  const [one, two] = [
    await scene.addWorker({ engines, hostId: randomUUID() }),
    await scene.addWorker({ engines, hostId: randomUUID() }),
  ];
  const { id } = await scene.createWorkspace(scene.ada, await scene.createTemplate({ engine: "docker" }), "dev");
  await scene.work({}, one);

  const { job } = (await build(id, "stop")).build;

  expect(await take(two)).toBe(job.id);
});

/** An engine whose host remembers what it is asked. */
function hostOf(held: string[]): Engine & { asked: string[]; removed: string[] } {
  const asked: string[] = [];
  const removed: string[] = [];
  const host: EngineHost = {
    held: async () => await Promise.resolve(held.filter((id) => !removed.includes(id))),
    async resume(ids) {
      asked.push(...ids);
      return await Promise.resolve({ adopted: ids, restarted: [], failed: [] });
    },
    onIncident: () => ({ [Symbol.dispose]: () => undefined }),
    shutdownAgents: () => Promise.resolve(),
    async sweepOrphan(id, { isStill }) {
      if (!(await isStill())) return false;
      removed.push(id);
      return true;
    },
  };
  return {
    name: "process",
    facts: { claimTouchesInfrastructure: false, livesOnHost: true },
    host,
    asked,
    removed,
    checkAvailability: async () => await Promise.resolve({ available: true, warnings: [] }),
    settingWarnings: () => [],
    plan: () => [],
    apply: () => Promise.reject(new Error("nothing is built here")),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function keep(engine: Engine, worker: WorkerIdentity) {
  const log = recordingLogger();
  const { signal } = new AbortController();
  const kept = await keepHost(systemContext("provisioner daemon", log, signal), {
    engines: [engine],
    hostId: worker.hostId ?? "",
    workspaces: scene.hosted,
    clock,
    log,
    accessUrl: "",
    onIncident: (_incident: AgentIncident) => undefined,
    graceMs: 0,
  });
  await clock.asleep("sweep-orphans");
  return { log, kept };
}

describe("a host that starts", () => {
  test("brings back what runs here, and nothing that another holds", async () => {
    const mine = await scene.createWorkspace(scene.ada, template, "mine");
    await scene.work({}, here);
    await scene.createWorkspace(scene.ada, template, "theirs");
    await scene.work({}, there);
    const stopped = await scene.createWorkspace(scene.ada, template, "stopped");
    await scene.work({}, here);
    await build(stopped.id, "stop");
    await scene.work({}, here);
    const engine = hostOf([mine.id, stopped.id]);

    await using kept = (await keep(engine, here)).kept;

    expect([engine.asked, kept.resumed]).toEqual([[mine.id], 1]);
  });

  test("takes what it holds and nobody is known to hold: it was built before hosts were told apart", async () => {
    const old = await scene.createWorkspace(scene.ada, template, "old");
    await scene.work({}, here);
    const lost = await scene.createWorkspace(scene.ada, template, "lost");
    await scene.work({}, here);
    await scene.db.updateTable("workspace_placements").set({ host_id: null }).execute();

    await using _kept = (await keep(hostOf([old.id]), here)).kept;

    const placed = await scene.db.selectFrom("workspace_placements").select(["workspace_id", "host_id"]).execute();
    expect(new Map(placed.map((row) => [row.workspace_id, row.host_id]))).toEqual(
      new Map([
        [old.id, here.hostId],
        [lost.id, null],
      ]),
    );
  });

  test("sweeps away what was deleted, at once and every hour, and tells what is nobody's or another host's", async () => {
    const ids: Record<string, string> = {};
    for (const name of ["alive", "gone", "elsewhere", "building"]) {
      ids[name] = (await scene.createWorkspace(scene.ada, template, name)).id;
      if (name !== "building") await scene.work({}, name === "elsewhere" ? there : here);
    }
    await scene.db
      .updateTable("workspaces")
      .set({ deleted: true })
      .where("id", "in", [ids["gone"] ?? "", ids["building"] ?? ""])
      .execute();
    const unknown = randomUUID();
    const engine = hostOf([...Object.values(ids), unknown]);

    const { log, kept } = await keep(engine, here);
    await using _kept = kept;

    expect(new Set(engine.removed)).toEqual(new Set([ids["gone"]]));
    expect(log.lines.filter(({ level }) => level === "warn").map(({ message }) => message)).toEqual([
      "this host holds workspaces that are nobody's, or another host's",
    ]);

    await scene.work({}, here);
    await clock.advance(60 * 60_000);
    await clock.asleep("sweep-orphans");
    expect(engine.removed).toContain(ids["building"]);
  });
});

describe("a second organization", () => {
  test("has daemons and a queue of its own", async () => {
    const at = new Date(clock.now());
    const organizationId = randomUUID();
    await scene.db
      .insertInto("organizations")
      .values({
        id: organizationId,
        name: "second",
        display_name: "",
        description: "",
        icon: "",
        created_at: at,
        updated_at: at,
      })
      .execute();
    const second = await scene.addWorker({ organizationId });
    const first = (await scene.createWorkspace(scene.ada, template, "one")).latest_build.job.id;
    const moved = (await scene.createWorkspace(scene.ada, template, "two")).latest_build.job.id;
    await scene.db
      .updateTable("provisioner_jobs")
      .set({ organization_id: organizationId })
      .where("id", "=", moved)
      .execute();

    const places = await queuePositions(scene.db, [first, moved], clock.now());
    expect([places.get(first), places.get(moved)]).toEqual([
      { position: 1, size: 1 },
      { position: 1, size: 1 },
    ]);
    const row = await scene.db
      .selectFrom("provisioner_jobs")
      .selectAll()
      .where("id", "=", moved)
      .executeTakeFirstOrThrow();
    expect(await matchedProvisioners(scene.db, row, clock.now())).toMatchObject({ count: 1, available: 1 });
    expect(await take(second)).toBe(moved);
    expect(await take(second)).toBeUndefined();
    expect([await take(here), await take(there)]).toEqual([first, undefined]);
  });
});

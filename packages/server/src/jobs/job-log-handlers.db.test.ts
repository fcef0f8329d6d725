import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { sql } from "kysely";
import { WebSocket, WebSocketServer } from "ws";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { silentLogger } from "@hearth/base";
import type { AcquiredJob } from "@hearth/provisioner";
import type { ProvisionerJobLog } from "@hearth/sdk";
import { createContext } from "../access/index.ts";
import { grantFor } from "../access/testing/index.ts";
import { MemoryPubSub } from "../ground/pubsub/index.ts";
import { importResult, line, QueueWorld, refusalOf, WatchedStatements } from "../testing/index.ts";
import { jobLogHandlers, type LogQuery } from "./job-log-handlers.ts";
import { runReaper } from "./reaper.ts";
import { followPollMs, leaseMs, maxAttempts } from "./timing.ts";

let scene: QueueWorld;
let job: AcquiredJob;
let server: WebSocketServer;
/** The server's side of each follower's socket, by its path. */
const accepted = new Map<string, PromiseWithResolvers<WebSocket>>();

beforeEach(async () => {
  scene = await QueueWorld.create();
  job = await scene.taken();
  server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
  server.on("connection", (socket, request) => accepted.get(request.url ?? "")?.resolve(socket));
  await once(server, "listening");
});

afterEach(async () => {
  for (const client of server.clients) client.terminate();
  server.close();
  await scene[Symbol.asyncDispose]();
});

/** One that follows the job's log over a socket of its own. */
const log = () => ({ jobId: job.id, granted: grantFor("workspace:read", {}) });

class Follower {
  readonly lines: ProvisionerJobLog[] = [];
  readonly socket: WebSocket;
  /** Ends as the request that asked for it does. */
  readonly request = new AbortController();
  /** How the socket closed. */
  readonly closed: Promise<{ code: number; reason: string }>;
  /** How the server's side ended; undefined when it did without an error. */
  readonly served: Promise<unknown>;
  readonly #bells = new Set<() => void>();

  constructor(query: LogQuery = {}, pubsub = scene.pubsub) {
    const handlers = jobLogHandlers<"workspace:read">({ db: scene.db, pubsub, clock: scene.clock, log: silentLogger });
    const path = `/${randomUUID()}`;
    const socket = Promise.withResolvers<WebSocket>();
    accepted.set(path, socket);
    const { port } = server.address() as AddressInfo; // it listens on a port
    this.socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
    this.socket.on("message", (data: Buffer) => {
      this.lines.push(JSON.parse(data.toString()) as ProvisionerJobLog);
      for (const bell of this.#bells) bell();
      this.#bells.clear();
    });
    this.closed = once(this.socket, "close").then(([code, reason]) => ({
      code: code as number,
      reason: (reason as Buffer).toString(),
    }));
    const ctx = createContext({ kind: "anonymous" }, silentLogger, this.request.signal);
    this.served = handlers.socket({ ctx, query, loaded: log(), accept: () => socket.promise }).then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  get outputs(): string[] {
    return this.lines.map(({ output }) => output);
  }

  /** Waits until as many lines have come, in all. */
  async received(count: number): Promise<void> {
    while (this.lines.length < count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#bells.add(resolve);
      await promise;
    }
  }
}

/** A bus that loses every message. */
const deaf = () => new MemoryPubSub(silentLogger);

async function say(...outputs: string[]): Promise<void> {
  await scene.jobs.update(
    job,
    outputs.map((output) => line(output)),
  );
}

/** Everyone who follows has sent what there is and waits. */
async function idle(): Promise<void> {
  await scene.clock.asleep("follow-logs");
}

const done = { code: 1000, reason: "done" };

describe("a follower", () => {
  test("gets what is there, then each line once as it comes, and is let go with the job", async () => {
    await say("a", "b");
    const follower = new Follower();
    await follower.received(2);
    await say("c");
    await follower.received(3);
    await idle();
    expect(scene.clock.pending().filter(({ tag }) => tag === "follow-logs")).toHaveLength(1);
    await Promise.all([say("d"), say("e", "f")]);
    await follower.received(6);

    await scene.jobs.complete(job, importResult(), [line("last")]);

    expect(await follower.closed).toEqual(done);
    expect(await follower.served).toBeUndefined();
    expect(follower.outputs).toEqual(await scene.outputs(job.id));
    expect(follower.outputs.toSorted()).toEqual(["a", "b", "c", "d", "e", "f", "last"]);
    expect(scene.clock.pending().map(({ tag }) => tag)).not.toContain("follow-logs");
  });

  test("misses nothing, and gets nothing twice, whenever it comes while lines pour in", async () => {
    const followers: Follower[] = [];
    for (let batch = 0; batch < 20; batch++) {
      const saying = say(...Array.from({ length: 5 }, (_, index) => `${batch}.${index}`));
      followers.push(new Follower());
      await saying;
    }
    await scene.jobs.complete(job, importResult(), [line("last")]);

    for (const follower of followers) {
      expect(await follower.closed).toEqual(done);
      expect(follower.outputs).toEqual(await scene.outputs(job.id));
    }
    expect(followers[0]?.outputs).toHaveLength(101);
  });

  test.for([
    ["its look at the job", /select .* from "provisioner_jobs" where "id" in/],
    ["its look at the lines", /select .* from "provisioner_job_logs"/],
  ] as const)("gets the last line although the job ends during %s", async ([, kind]) => {
    await say("a");
    const looks = new WatchedStatements(scene.database, kind);
    const held = looks.holdNext();
    const follower = new Follower();
    await held.arrived;
    await scene.jobs.complete(job, importResult(), [line("last")]);

    held.open();

    expect(await follower.closed).toEqual(done);
    expect(follower.outputs).toEqual(["a", "last"]);
  });

  test("of a job that has ended gets all of it and is let go at once", async () => {
    await scene.jobs.complete(job, importResult(), [line("a"), line("b")]);

    const follower = new Follower();

    expect(await follower.closed).toEqual(done);
    expect(follower.outputs).toEqual(["a", "b"]);
  });

  test("[builds 76] that comes again with its last id gets every line once", async () => {
    await say("a", "b", "c");
    const first = new Follower();
    await first.received(3);
    first.socket.close();
    await first.served;
    await say("d");
    const second = new Follower({ after: first.lines[1]?.id });
    await second.received(2);
    await say("e");

    await scene.jobs.complete(job, importResult(), [line("f")]);

    expect(await second.closed).toEqual(done);
    expect([...first.outputs.slice(0, 2), ...second.outputs]).toEqual(["a", "b", "c", "d", "e", "f"]);
  });

  test("of a job that is taken up by another worker goes on with it", async () => {
    await say("first try");
    const follower = new Follower();
    await follower.received(1);
    await scene.jobs.release(job);
    job = await scene.jobs.acquire(await scene.worker(), new AbortController().signal);
    await say("second try");

    await scene.jobs.complete(job, importResult());

    expect(await follower.closed).toEqual(done);
    expect(follower.outputs).toEqual(["first try", "second try"]);
  });

  test("[builds 74] gets the reaper's line, then a normal end", async () => {
    await say("working");
    await scene.db.updateTable("provisioner_jobs").set({ attempts: maxAttempts }).where("id", "=", job.id).execute();
    const follower = new Follower();
    await follower.received(1);
    await idle();
    await scene.clock.advance(leaseMs + 1);

    const stop = new AbortController();
    const reaping = runReaper(scene.deps, stop.signal);

    expect(await follower.closed).toEqual(done);
    expect(follower.outputs).toEqual(["working", (await scene.job(job.id)).error]);
    expect(follower.outputs[1]).toContain("The worker that ran this job disappeared.");
    stop.abort();
    await reaping;
  });
});

describe("when messages are lost", () => {
  test("[builds 75] the end is seen after 30 s, with all lines before it", async () => {
    await say("a");
    const follower = new Follower({}, deaf());
    await follower.received(1);
    await idle();
    await scene.jobs.complete(job, importResult(), [line("last")]);

    await scene.clock.advance(followPollMs);

    expect(await follower.closed).toEqual(done);
    expect(follower.outputs).toEqual(["a", "last"]);
  });

  test("lines are seen after 30 s and no sooner", async () => {
    const follower = new Follower({}, deaf());
    await idle();
    await say("a");

    await scene.clock.advance(followPollMs - 1);
    expect(scene.clock.pending()).toContainEqual(
      expect.objectContaining({ tag: "follow-logs", dueMs: scene.clock.now() + 1 }),
    );
    await scene.clock.advance(1);
    await follower.received(1);
    await idle();
    await say("b");
    await scene.clock.advance(followPollMs);
    await follower.received(2);

    expect(follower.outputs).toEqual(["a", "b"]);
  });

  test("and that is known, it looks at once", async () => {
    const bus = deaf();
    const follower = new Follower({}, bus);
    await idle();
    await say("a");

    bus.drop();
    await follower.received(1);

    expect(follower.outputs).toEqual(["a"]);
  });
});

describe("the end of following", () => {
  test.for<[string, (follower: Follower) => void]>([
    ["the client leaves", (follower) => follower.socket.terminate()],
    ["the client says something", (follower) => follower.socket.send("stop")],
    ["the request ends", (follower) => follower.request.abort()],
  ])("%s: nothing of it stays", async ([, end]) => {
    await say("a");
    const follower = new Follower();
    await follower.received(1);
    await idle();

    end(follower);

    expect(await follower.served).toBeUndefined();
    expect(scene.clock.pending().map(({ tag }) => tag)).not.toContain("follow-logs");
    await say("b");
    expect(follower.outputs).toEqual(["a"]);
  });

  test("a database that fails is told as such, so that the client comes again with its cursor", async () => {
    await say("a");
    const follower = new Follower();
    await follower.received(1);
    await idle();
    await sql`alter table provisioner_job_logs rename to elsewhere`.execute(scene.db);

    scene.pubsub.drop();

    expect(await follower.closed).toMatchObject({ code: 1011 });
    expect(String(await follower.served)).toContain("provisioner_job_logs");
  });
});

describe("the query", () => {
  const handlers = () =>
    jobLogHandlers<"workspace:read">({ db: scene.db, pubsub: scene.pubsub, clock: scene.clock, log: silentLogger });
  const call = (query: LogQuery) => ({
    ctx: createContext({ kind: "anonymous" }, silentLogger, new AbortController().signal),
    query,
    loaded: log(),
  });
  const list = (query: LogQuery) => handlers().handle(call(query));

  test("lists what is between the ids", async () => {
    await say("a", "b", "c");
    const { body } = await list({});

    expect(body.map(({ output }) => output)).toEqual(["a", "b", "c"]);
    expect((await list({ after: body[0]?.id, before: body[2]?.id })).body).toEqual([body[1]]);
    expect((await list({ format: "text" })).body).toEqual(body);
  });

  test("[builds 77] text cannot be followed", async () => {
    const query = { format: "text", follow: true };
    const accept = () => Promise.reject(new Error("the socket was opened all the same"));

    expect(await refusalOf(handlers().socket({ ...call(query), accept }))).toMatchObject({
      status: 400,
      fields: ["format"],
    });
    expect(await refusalOf(list(query))).toMatchObject({ status: 400, fields: ["format"] });
  });

  test("an unknown format is refused", async () => {
    expect(await refusalOf(list({ format: "xml" }))).toMatchObject({ status: 400, fields: ["format"] });
  });
});

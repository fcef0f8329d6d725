import { access, constants, mkdtemp, readdir, rm, stat, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { silentLogger, systemClock } from "@hearth/base";
import { startEmbeddedPostgres } from "@hearth/server/embedded-postgres";
import { ensureTemplate } from "./template.ts";

/** What test files are told of the run's server, by `inject("postgres")`. */
export interface TestPostgres {
  /** Of a superuser, in the database `postgres` or one like it. */
  readonly connectionString: string;
  /** The migrated database that each file's own is cloned from. */
  readonly template: string;
}

declare module "vitest" {
  interface ProvidedContext {
    postgres: TestPostgres;
  }
}

/** Directories of runs; one that was killed leaves its own, and its server, to the next. */
const prefix = "hearth-test-postgres-";

interface Server extends AsyncDisposable {
  readonly postgres: TestPostgres;
}

/** Several projects of one run share the server; each loads this module afresh, so what is shared stands here. */
const shared: { server?: Promise<Server> | undefined; users: number } = ((
  globalThis as { hearthTestPostgres?: typeof shared }
).hearthTestPostgres ??= { users: 0 });

/** Vitest's global setup: one server for the run, with a migrated template; returns what ends it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.users++;
  const { postgres } = await (shared.server ??= startServer());
  project.provide("postgres", postgres);
  return async () => {
    if (--shared.users > 0) return;
    const server = await shared.server;
    shared.server = undefined;
    await server?.[Symbol.asyncDispose]();
  };
}

/** Ours, or the one `HEARTH_TEST_PG_CONNECTION_URL` points to, whose user must be allowed to create databases. */
async function startServer(): Promise<Server> {
  const external = process.env["HEARTH_TEST_PG_CONNECTION_URL"];
  if (external !== undefined) {
    const template = await ensureTemplate(external);
    return { postgres: { connectionString: external, template }, [Symbol.asyncDispose]: async () => undefined };
  }
  await clearAfterKilledRuns();
  await using undo = new AsyncDisposableStack();
  const directory = await mkdtemp(join(await chooseParent(), prefix));
  undo.defer(() => rm(directory, { recursive: true, force: true }));
  const server = await start(directory);
  undo.defer(() => server.stop());
  const template = await ensureTemplate(server.connectionString);
  const held = undo.move();
  return {
    postgres: { connectionString: server.connectionString, template },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

async function start(dataDir: string): ReturnType<typeof startEmbeddedPostgres> {
  return await startEmbeddedPostgres({
    dataDir,
    clock: systemClock,
    log: silentLogger,
    signal: new AbortController().signal,
    // Nothing here need outlive the machine.
    settings: {
      fsync: "off",
      synchronous_commit: "off",
      full_page_writes: "off",
      shared_buffers: "128MB",
      // Cloning a database must not wait for a checkpoint that is being spread out.
      checkpoint_completion_target: "0",
      autovacuum: "off",
    },
  });
}

const memoryDir = "/dev/shm";
/** What a run's databases take at most, with room to spare. */
const memoryNeededBytes = 2 * 1024 ** 3;

/** In memory where there is enough: a database has a thousand files, which a disk takes a quarter of a second to make. */
async function chooseParent(): Promise<string> {
  try {
    await access(memoryDir, constants.W_OK);
    const { bavail, bsize } = await statfs(memoryDir);
    return bavail * bsize >= memoryNeededBytes ? memoryDir : tmpdir();
  } catch {
    return tmpdir(); // no such directory, or not for us: a disk will do
  }
}

/** Ends the servers of runs that were killed: those whose directory no living process has locked. */
async function clearAfterKilledRuns(): Promise<void> {
  for (const parent of [tmpdir(), memoryDir]) {
    const names = await readdir(parent).catch(() => []); // a machine without the second has nothing to clear there
    for (const name of names) if (name.startsWith(prefix)) await clearAfterKilledRun(join(parent, name));
  }
}

async function clearAfterKilledRun(directory: string): Promise<void> {
  try {
    if ((await stat(directory)).uid !== process.geteuid?.()) return;
    // Starting takes over what runs there; it fails when the run is alive, which holds the lock.
    await stat(join(directory, "postgres", "postmaster.pid"));
    await (await start(directory)).stop();
    await rm(directory, { recursive: true, force: true });
  } catch {
    // Alive, or gone by now, or not to be mended from here: none of this run's business.
  }
}

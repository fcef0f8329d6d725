import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, Logger } from "@hearth/base";
import type { Config } from "./config/index.ts";
import { buildVersion } from "./deployment/index.ts";
import { lockDataDir, startEmbeddedPostgres } from "./ground/database/embedded/index.ts";
import { Database, migrate, warmPool, type Db } from "./ground/database/index.ts";
import { DiskRoom } from "./ground/disk/index.ts";
import type { StopPhases } from "./ground/lifecycle/index.ts";
import { PostgresPubSub, type PubSub } from "./ground/pubsub/index.ts";
import { deploymentKey, getDefaultOrganization, openSealKey } from "./identity/index.ts";
import { Relay, Replica, serveHints } from "./replicas/index.ts";

/** What every capability stands on. */
export interface Ground {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly database: Database;
  readonly db: Db;
  readonly pubsub: PubSub;
  /** To the other replicas. */
  readonly relay: Relay;
  readonly replica: Replica;
  readonly room: DiskRoom;
  /** On the disk of the data, emptied at each start. */
  readonly scratchDir: string;
  /** Seals what must be read again, such as private keys. */
  readonly sealKey: Buffer;
  /** The default organization's, which is also the deployment's. */
  readonly organizationId: string;
  /** What agents and browsers use; empty until the server listens, where none is configured. */
  readonly accessUrl: () => string;
}

export interface GroundOptions extends Pick<Ground, "config" | "log" | "clock" | "accessUrl"> {
  /** Ends a start that takes too long or is interrupted. */
  readonly signal: AbortSignal;
  readonly onPhase: (phase: string) => void;
  readonly freeDiskBytes: (() => Promise<number>) | undefined;
}

/** Opens the data directory, the database and what makes this process one of the deployment's replicas. */
export async function openGround(options: GroundOptions, stopping: StopPhases): Promise<Ground> {
  const { config, log, clock, accessUrl, signal } = options;
  await mkdir(config.dataDir, { recursive: true, mode: 0o755 });
  const scratchDir = join(config.dataDir, "scratch");
  // What a server left there that was ended in the middle.
  await rm(scratchDir, { recursive: true, force: true });
  const connectionString = await openDatabase(options, stopping);
  const database = stopping.use(
    "database connections",
    10_000,
    new Database({ connectionString, maxConnections: config.pgMaxConnections }, (error) =>
      log.warn({ err: error }, "an idle database connection was lost"),
    ),
  );
  options.onPhase("database");
  await migrate(database.pool, log);
  await warmPool(database);
  signal.throwIfAborted();

  const { db } = database;
  const pubsub = stopping.use(
    "announcements",
    5_000,
    await PostgresPubSub.open({ pool: database.pool, connectionString, clock, log }, signal),
  );
  const secret = await deploymentKey(db, "relay", clock.now());
  const relay = stopping.use("relay", 5_000, new Relay({ id: randomUUID(), secret, clock, log }));
  serveHints(relay, pubsub);
  if (config.relay !== undefined) await relay.listen(config.relay.listen, config.relay.advertised);
  const replica = stopping.use(
    "lease",
    5_000,
    await Replica.start({ id: relay.id, address: relay.address, db, pubsub, clock, log, version: buildVersion }),
  );
  const room = new DiskRoom({
    directory: config.dataDir,
    keptFreeBytes: config.minFreeDiskBytes,
    clock,
    log,
    freeBytes: options.freeDiskBytes,
  });
  const sealKey = await openSealKey(db, clock.now());
  const { id: organizationId } = await getDefaultOrganization(db);
  const opened = { database, db, pubsub, relay, replica, room, scratchDir, sealKey, organizationId };
  return { config, log, clock, accessUrl, ...opened };
}

async function openDatabase({ config, log, clock, signal, onPhase }: GroundOptions, stopping: StopPhases) {
  if (config.pgConnectionUrl !== undefined) return config.pgConnectionUrl;
  stopping.use("data directory", 1_000, await lockDataDir(config.dataDir));
  onPhase("embedded database");
  const postgres = await startEmbeddedPostgres({ dataDir: config.dataDir, clock, log, signal });
  stopping.defer("embedded database", 30_000, () => postgres.stop());
  return postgres.connectionString;
}

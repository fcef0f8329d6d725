import { systemClock, type Clock } from "@hearth/base";
import { recordingLogger, type RecordingLogger } from "@hearth/base/recording-logger";
import { createTestDatabase } from "@hearth/testkit";
import { Database, type Db } from "../ground/database/index.ts";
import { MemoryPubSub } from "../ground/pubsub/index.ts";
import { HeardEvents, type HeardEvent } from "./heard-events.ts";
import { insertUser, type User } from "./people.ts";
import { recordStatements } from "./record-statements.ts";

export interface WorldOptions {
  readonly clock?: Clock;
  readonly maxConnections?: number;
}

/** What a world is made of. */
export interface Ground {
  readonly stack: AsyncDisposableStack;
  readonly database: Database;
  readonly db: Db;
  readonly clock: Clock;
  readonly log: RecordingLogger;
  readonly pubsub: MemoryPubSub;
  readonly organizationId: string;
  /** Of every statement that is sent, the text. */
  readonly statements: string[];
}

/** A real database of one's own, in which there is nobody and nothing but the organization of a deployment. */
export async function openGround({ clock = systemClock, maxConnections = 10 }: WorldOptions = {}): Promise<Ground> {
  await using stack = new AsyncDisposableStack();
  const { connectionString } = stack.use(await createTestDatabase());
  const database = stack.use(new Database({ connectionString, maxConnections }, () => undefined));
  const statements = recordStatements(database);
  const log = recordingLogger();
  const pubsub = stack.use(new MemoryPubSub(log));
  const { db } = database;
  const organization = await db.selectFrom("organizations").select("id").executeTakeFirstOrThrow();
  const organizationId = organization.id;
  return { stack: stack.move(), database, db, clock, log, pubsub, organizationId, statements };
}

/** What every test of several things at once stands on. What is in it, a test puts there, or the class that extends it. */
export class World implements AsyncDisposable {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: RecordingLogger;
  readonly pubsub: MemoryPubSub;
  readonly organizationId: string;
  /** Of every statement that was sent, the text. */
  readonly statements: string[];
  protected readonly stack: AsyncDisposableStack;
  readonly #events: HeardEvents;

  constructor(ground: Ground) {
    this.stack = ground.stack;
    this.database = ground.database;
    this.clock = ground.clock;
    this.log = ground.log;
    this.pubsub = ground.pubsub;
    this.organizationId = ground.organizationId;
    this.statements = ground.statements;
    this.#events = new HeardEvents(this.pubsub);
  }

  get db(): Db {
    return this.database.db;
  }

  /** What was announced of workspaces. */
  get events(): HeardEvent[] {
    return this.#events.all;
  }

  /** Waits until as many events of the kind were announced, in all. */
  async heard(kind: HeardEvent["kind"], count?: number): Promise<HeardEvent[]> {
    return await this.#events.heard(kind, count);
  }

  /** What is still to come of the workspace is nobody's business any more. */
  ignore(workspaceId: string): void {
    this.#events.ignore(workspaceId);
  }

  /** A member of the organization, with these roles of the deployment. */
  async createUser(username: string, roles: readonly string[] = []): Promise<User> {
    return await insertUser(this, username, roles);
  }

  /** The text of each statement that is sent from now on. */
  recordStatements(): string[] {
    return recordStatements(this.database);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack.disposeAsync();
  }
}

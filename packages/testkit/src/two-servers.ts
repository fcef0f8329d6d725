import pg from "pg";
import { createTestDatabase } from "./database/test-database.ts";
import { FrontDoor } from "./front-door.ts";
import { RealServer } from "./real-server.ts";

/**
 * Two processes of `hearth server` on one PostgreSQL, as a deployment of several replicas has them. `a` runs the builds
 * (its workspaces are processes of this host); agents reach the deployment by the front door, which is turned to `b`: so
 * what runs was built by one and is held by the other.
 */
export class TwoServers implements AsyncDisposable {
  readonly a: RealServer;
  readonly b: RealServer;
  readonly door: FrontDoor;
  readonly #connectionString: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #undo: AsyncDisposableStack;

  private constructor(
    parts: {
      a: RealServer;
      b: RealServer;
      door: FrontDoor;
      env: { HEARTH_PG_CONNECTION_URL: string; HEARTH_ACCESS_URL: string };
    },
    undo: AsyncDisposableStack,
  ) {
    this.a = parts.a;
    this.b = parts.b;
    this.door = parts.door;
    this.#env = parts.env;
    this.#connectionString = parts.env.HEARTH_PG_CONNECTION_URL;
    this.#undo = undo;
  }

  /** Both at once, on an empty database: who is first makes what a first start makes. */
  static async start(): Promise<TwoServers> {
    await using undo = new AsyncDisposableStack();
    const database = undo.use(await createTestDatabase({ from: "empty" }));
    const door = undo.use(await FrontDoor.open());
    const a = undo.use(await RealServer.prepare());
    const b = undo.use(await RealServer.prepare());
    door.turnTo(b.url);
    const env = { HEARTH_PG_CONNECTION_URL: database.connectionString, HEARTH_ACCESS_URL: door.url };
    const servers = new TwoServers({ a, b, door, env }, undo.move());
    try {
      await Promise.all([servers.startA(), servers.startB()]);
    } catch (error) {
      await servers[Symbol.asyncDispose]();
      throw error;
    }
    return servers;
  }

  async startA(): Promise<void> {
    await this.a.start(this.#env);
  }

  async startB(): Promise<void> {
    await this.b.start({ ...this.#env, HEARTH_PROVISIONER_DAEMONS: "0" });
  }

  /** One statement on their database, for what no API does. */
  async query(text: string, values: readonly unknown[] = []): Promise<void> {
    const client = new pg.Client({ connectionString: this.#connectionString });
    await client.connect();
    try {
      await client.query(text, [...values]);
    } finally {
      await client.end();
    }
  }

  /** Cuts the connections by which both hear announcements: what is announced until they are back is lost to them. */
  async cutListeners(): Promise<void> {
    await this.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'hearth listener' and datname = current_database()`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#undo.disposeAsync();
  }
}

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
  readonly #env: Readonly<Record<string, string>>;
  readonly #undo: AsyncDisposableStack;

  private constructor(
    parts: { a: RealServer; b: RealServer; door: FrontDoor; env: Record<string, string> },
    undo: AsyncDisposableStack,
  ) {
    this.a = parts.a;
    this.b = parts.b;
    this.door = parts.door;
    this.#env = parts.env;
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#undo.disposeAsync();
  }
}

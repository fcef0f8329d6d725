import { fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import pg from "pg";
import { WebSocket } from "ws";
import { within } from "./within.ts";

/** Of the transaction, its begin and its commit among them. */
const statements = 12;

/**
 * The least that a claim can take on this machine, bare: an HTTP request, one durable transaction of twelve statements, one
 * WebSocket round trip, and the start of a shell. The request and the socket go to a process of their own; the database is
 * the one that is measured.
 */
export class Floor implements AsyncDisposable {
  readonly #server: ChildProcess;
  readonly #port: number;
  readonly #database: pg.Client;

  private constructor(server: ChildProcess, port: number, database: pg.Client) {
    this.#server = server;
    this.#port = port;
    this.#database = database;
  }

  static async open(connectionString: string): Promise<Floor> {
    const server = fork(join(import.meta.dirname, "floor-server.ts"));
    const [port] = (await within("the floor's server", once(server, "message"))) as [number]; // what floor-server sends
    const database = new pg.Client({ connectionString });
    await database.connect();
    await database.query("create table if not exists bench_floor (id int primary key, value int not null)");
    await database.query("insert into bench_floor values (1, 0) on conflict do nothing");
    return new Floor(server, port, database);
  }

  /** What the answer to a create cannot do without. @returns milliseconds */
  async answer(): Promise<number> {
    const startedAt = performance.now();
    await this.request();
    await this.#transaction();
    return performance.now() - startedAt;
  }

  /** What the first output after a create cannot do without. @returns milliseconds */
  async firstOutput(): Promise<number> {
    const startedAt = performance.now();
    await this.request();
    await this.#transaction();
    await this.#roundTrip();
    const shell = spawn("sh", ["-c", "true"], { stdio: "ignore" });
    await once(shell, "exit");
    return performance.now() - startedAt;
  }

  /** One request on the connection that is open. */
  async request(): Promise<void> {
    await (await fetch(`http://127.0.0.1:${this.#port}/`, { method: "POST", body: "{}" })).text();
  }

  /** One statement on the connection that is open. */
  async query(text: string, values: readonly unknown[] = []): Promise<void> {
    await this.#database.query(text, [...values]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database.query("drop table bench_floor");
    await this.#database.end();
    this.#server.kill();
    await once(this.#server, "exit");
  }

  async #transaction(): Promise<void> {
    await this.#database.query("begin");
    for (let statement = 0; statement < statements - 2; statement++) {
      await this.#database.query("update bench_floor set value = value + 1 where id = $1", [1]);
    }
    await this.#database.query("commit");
  }

  async #roundTrip(): Promise<void> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.#port}/`, { perMessageDeflate: false });
    await within("the floor's socket", once(socket, "open"));
    socket.send("ping");
    await within("the floor's echo", once(socket, "message"));
    socket.close();
  }
}

import { open, stat } from "node:fs/promises";
import pg from "pg";
import { readLog, type LoggedStatement } from "./read-log.ts";

/** What the server's own PostgreSQL is asked, from its log. Logging costs time: not while something else is measured. */
export class StatementLog implements AsyncDisposable {
  readonly #file: string;
  readonly #admin: pg.Client;

  private constructor(file: string, admin: pg.Client) {
    this.#file = file;
    this.#admin = admin;
  }

  /** From now on every statement is logged, until disposed. `file`: PostgreSQL's log. */
  static async open(connectionString: string, file: string): Promise<StatementLog> {
    const admin = new pg.Client({ connectionString });
    await admin.connect();
    const log = new StatementLog(file, admin);
    await log.#set("'all'");
    // Each connection reads the setting before its next statement; a look at the log shows that it has reached them.
    for (let seen: readonly LoggedStatement[] = []; !seen.some(({ text }) => text === look);) {
      seen = await log.during(async () => void (await admin.query(look)));
    }
    return log;
  }

  /** What is sent while this works, our own look at the setting aside. */
  async during(work: () => Promise<unknown>): Promise<LoggedStatement[]> {
    const { size } = await stat(this.#file);
    await work();
    const { size: end } = await stat(this.#file);
    await using file = await open(this.#file);
    const { buffer } = await file.read(Buffer.alloc(end - size), 0, end - size, size);
    return readLog(buffer.toString("utf8"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#set("default");
    await this.#admin.end();
  }

  async #set(value: string): Promise<void> {
    await this.#admin.query(`alter system set log_statement = ${value}`);
    await this.#admin.query("select pg_reload_conf()");
  }
}

const look = "select 'the bench looks'";

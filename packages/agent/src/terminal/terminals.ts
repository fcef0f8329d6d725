import type { Duplex } from "node:stream";
import { type Clock, type Logger, messageOf } from "@hearth/base";
import type { Processes } from "#processes/processes.ts";
import type { Surroundings } from "#processes/surroundings.ts";
import { TerminalClientStream, type TerminalHeader, TerminalProtocolError } from "#terminal/client-stream.ts";
import { withUtf8Locale } from "#terminal/locale.ts";
import { Terminal } from "#terminal/terminal.ts";

export interface TerminalServices {
  readonly processes: Processes;
  readonly surroundings: () => Surroundings;
  /** Told when a client attaches; calls what it returned once, when the client has left. */
  readonly onClient: () => () => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A client that has connected says at once what it wants. */
const headerTimeoutMs = 10_000;

/**
 * The workspace's reconnecting terminals, by the id that clients choose.
 *
 * Attaching is one synchronous step, from looking the id up to having the process, so two clients that come at the same
 * time with a new id share one process.
 */
export class Terminals {
  readonly #services: TerminalServices;
  readonly #terminals = new Map<string, Terminal>();

  constructor(services: TerminalServices) {
    this.#services = services;
  }

  /** How many terminals live, with clients or without. */
  get size(): number {
    return this.#terminals.size;
  }

  /** Serves one client until it leaves or its terminal ends; the connection is ours from now on. */
  accept(connection: Duplex): void {
    const { clock, log, onClient } = this.#services;
    const input = new TerminalClientStream();
    const header = new AbortController();
    let terminal: Terminal | undefined;
    clock.sleep(headerTimeoutMs, { signal: header.signal, tag: "terminal header" }).then(
      () => connection.destroy(),
      () => undefined, // it came, or the client left
    );
    connection.on("error", () => undefined); // `close` follows
    connection.once("close", () => header.abort());
    connection.once("end", () => connection.end());
    connection.on("data", (chunk: Buffer) => {
      try {
        const said = input.feed(chunk);
        if (said.header) {
          header.abort();
          terminal = this.#attach(said.header, connection);
          const onLeave = onClient();
          connection.once("close", onLeave);
        }
        for (const { data, rows, columns } of said.messages) {
          if (data !== undefined) terminal?.type(data, connection);
          if (rows !== undefined && columns !== undefined) terminal?.resize({ rows, columns }, connection);
        }
      } catch (error) {
        if (error instanceof TerminalProtocolError) {
          log.debug({ err: error }, "terminal client does not speak the protocol");
          connection.destroy();
          return;
        }
        log.warn({ err: error }, "terminal could not be opened");
        connection.end(`This terminal cannot be opened: ${messageOf(error)}\r\n`);
      }
    });
  }

  /** Hangs every terminal up. */
  close(): void {
    for (const terminal of this.#terminals.values()) terminal.end();
  }

  #attach({ id, rows, columns, command, container }: TerminalHeader, connection: Duplex): Terminal {
    if (container !== "") throw new Error("terminals inside of containers are not offered here.");
    const size = { rows, columns };
    const terminal = this.#terminals.get(id) ?? this.#open(id, command, size);
    terminal.attach(connection, size);
    return terminal;
  }

  #open(id: string, command: string, size: { rows: number; columns: number }): Terminal {
    const { processes, surroundings, clock, log } = this.#services;
    const { env, directory, shell } = surroundings();
    const args = command === "" ? ["-l"] : ["-c", command];
    const terminalEnv = { ...withUtf8Locale(env), TERM: "xterm-256color" };
    const process = processes.openTerminal({ file: shell, args, cwd: directory, env: terminalEnv }, size);
    const onEnd = (): void => {
      if (this.#terminals.get(id) === terminal) this.#terminals.delete(id);
    };
    const terminal = new Terminal(process, { clock, log, onEnd });
    this.#terminals.set(id, terminal);
    return terminal;
  }
}

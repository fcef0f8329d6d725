import type { Duplex } from "node:stream";
import type { SessionType } from "#ssh/services.ts";

/** Kinds of sessions that are counted apart. */
export type CountedSession = SessionType | "reconnecting_pty";

/** What is open now, and what has passed since the last look. */
export interface UsageSnapshot {
  readonly connectionsByProtocol: Readonly<Record<string, number>>;
  readonly connectionCount: number;
  readonly sessions: Readonly<Record<CountedSession, number>>;
  readonly received: Traffic;
  readonly sent: Traffic;
}

export interface Traffic {
  readonly bytes: number;
  /** Chunks, as near to packets as a stream comes. */
  readonly packets: number;
}

/** Connections followed at most; more are served but not counted. */
const maxTracked = 2048;

/** Counts connections and sessions while they are open. */
export class Usage {
  readonly #connections = new Map<Duplex, string>();
  #received = { bytes: 0, packets: 0 };
  #sent = { bytes: 0, packets: 0 };
  readonly #commands = { open: 0, ended: 0 };
  readonly #sessions: Record<CountedSession, number> = {
    ssh: 0,
    vscode: 0,
    jetbrains: 0,
    unknown: 0,
    reconnecting_pty: 0,
  };

  /** Counts a connection, and what passes over it, until it is closed. */
  addConnection(protocol: string, connection: Duplex): void {
    if (this.#connections.size >= maxTracked || connection.destroyed) return;
    this.#connections.set(connection, protocol);
    connection.once("close", () => this.#connections.delete(connection));
    this.countTraffic(connection);
  }

  /**
   * Counts a command that somebody follows, as a session and as a connection of its own, until what it returned is called:
   * the connection that carries it is the server's, which may keep it open for nobody. One that ended since the last look
   * is still in the next: who runs short ones is here all the same.
   */
  addCommand(kind: SessionType): () => void {
    const leave = this.addSession(kind);
    this.#commands.open++;
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      leave();
      this.#commands.open--;
      this.#commands.ended++;
    };
  }

  /** Counts a session until what it returned is called. */
  addSession(kind: CountedSession): () => void {
    this.#sessions[kind]++;
    let isOpen = true;
    return () => {
      if (isOpen) this.#sessions[kind]--;
      isOpen = false;
    };
  }

  /**
   * Counts what passes over a connection alone. Looks at what a stream is given and gives, below whoever works with it. A listener for `data` would set it flowing
   * before its owner is there, and one more stream in between would cost a copy of everything.
   */
  countTraffic(connection: Duplex): void {
    const push = connection.push.bind(connection);
    const write = connection._write.bind(connection);
    const writev = connection._writev?.bind(connection);
    connection.push = (chunk: Buffer | null, encoding) => {
      if (chunk) count(this.#received, chunk);
      return push(chunk, encoding);
    };
    connection._write = (chunk: Buffer, encoding, done) => {
      count(this.#sent, chunk);
      write(chunk, encoding, done);
    };
    if (!writev) return;
    connection._writev = (chunks, done) => {
      for (const { chunk } of chunks) count(this.#sent, chunk as Buffer); // strings are decoded before they come here
      writev(chunks, done);
    };
  }

  /** What is open now; what has passed is counted from here on anew. */
  take(): UsageSnapshot {
    const connectionsByProtocol: Record<string, number> = {};
    for (const protocol of this.#connections.values()) {
      connectionsByProtocol[protocol] = (connectionsByProtocol[protocol] ?? 0) + 1;
    }
    const commands = this.#commands.open + this.#commands.ended;
    this.#commands.ended = 0;
    if (commands > 0) connectionsByProtocol.command = commands;
    const [received, sent] = [this.#received, this.#sent];
    this.#received = { bytes: 0, packets: 0 };
    this.#sent = { bytes: 0, packets: 0 };
    const connectionCount = this.#connections.size + commands;
    return { connectionsByProtocol, connectionCount, sessions: { ...this.#sessions }, received, sent };
  }
}

function count(traffic: { bytes: number; packets: number }, chunk: Buffer): void {
  traffic.bytes += chunk.length;
  traffic.packets++;
}

import { Wake } from "@hearth/base";
import type { Log_Level } from "@hearth/wire/agent-proto";

/** One line of a script or of the agent, without its line break. */
export interface LogLine {
  readonly createdAtMs: number;
  readonly level: Log_Level;
  readonly output: string;
}

/** Lines of one source on their way to the server. */
export interface LogBatch {
  readonly sourceId: string;
  readonly lines: readonly LogLine[];
}

/** What a line costs beside its text. */
const overheadBytes = 21;
/** The most that is sent at once, and, less one line, the most that waits. */
const maxBytes = 1024 * 1024;
/** How long lines gather before they are sent. */
export const flushAfterMs = 1000;

interface Source {
  readonly id: string;
  lines: { readonly line: LogLine; readonly bytes: number }[];
  lastFlushMs: number;
  /** When its oldest line came. */
  sinceMs: number;
  isAsked: boolean;
}

/**
 * Lines waiting to be sent, by source, so that one that talks much does not hold up the others.
 *
 * - No more than 1 MiB waits, plus one line: the server's own limit, so that the server sees the overflow and says so.
 * - Once it has, nothing more is kept until {@link reset}.
 * - Lines taken for a batch stay in line until they are known to have arrived.
 * @see agents §9.3
 */
export class LogQueue {
  /** Rings when something was put in line or is to be sent now. */
  readonly changed = new Wake();
  readonly #sources = new Map<string, Source>();
  #bytes = 0;
  #isOverflowed = false;
  #known: ReadonlySet<string> | undefined;

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  push(sourceId: string, line: LogLine): void {
    const bytes = Buffer.byteLength(line.output) + overheadBytes;
    if (this.#isOverflowed || this.#bytes > maxBytes || bytes > maxBytes) return;
    if (this.#known && !this.#known.has(sourceId)) return;
    const source = this.#sources.get(sourceId) ?? newSource(sourceId);
    this.#sources.set(sourceId, source);
    if (source.lines.length === 0) source.sinceMs = line.createdAtMs;
    source.lines.push({ line, bytes });
    this.#bytes += bytes;
    this.changed.notify();
  }

  /** Lets a source's lines be sent without waiting for more. */
  flush(sourceId: string): void {
    const source = this.#sources.get(sourceId);
    if (!source || source.lines.length === 0) return;
    source.isAsked = true;
    this.changed.notify();
  }

  /** Lets everything be sent without waiting for more. */
  flushAll(): void {
    for (const id of this.#sources.keys()) this.flush(id);
  }

  /** The next lines to send: of the source among those due that was sent longest ago. Nothing when none is due. */
  nextBatch(nowMs: number): LogBatch | undefined {
    const due = [...this.#sources.values()].filter(
      ({ lines, isAsked, sinceMs }) => lines.length > 0 && (isAsked || nowMs - sinceMs >= flushAfterMs),
    );
    const source = due.reduce<Source | undefined>(
      (best, next) => (best && best.lastFlushMs <= next.lastFlushMs ? best : next),
      undefined,
    );
    if (!source) return undefined;
    source.lastFlushMs = nowMs;
    let bytes = 0;
    const fitting = source.lines.findIndex((entry) => (bytes += entry.bytes) > maxBytes);
    const taken = fitting === -1 ? source.lines : source.lines.slice(0, fitting);
    return { sourceId: source.id, lines: taken.map(({ line }) => line) };
  }

  /** The server has stored the batch. */
  arrived({ sourceId, lines }: LogBatch, nowMs: number): void {
    const source = this.#sources.get(sourceId);
    if (!source || source.lines[0]?.line !== lines[0]) return; // dropped in the meantime
    for (const { bytes } of source.lines.splice(0, lines.length)) this.#bytes -= bytes;
    source.isAsked &&= source.lines.length > 0;
    source.sinceMs = nowMs;
    this.changed.notify();
  }

  /** The server takes no more from this agent. */
  overflow(): void {
    this.#sources.clear();
    this.#bytes = 0;
    this.#isOverflowed = true;
    this.changed.notify();
  }

  /**
   * A new agent id begins with an empty account on the server, and with sources of its own. Lines for others are dropped,
   * those in line and those to come: nobody could store them.
   */
  reset(sourceIds: Iterable<string>): void {
    this.#isOverflowed = false;
    this.#known = new Set(sourceIds);
    for (const source of this.#sources.values()) if (!this.#known.has(source.id)) this.#drop(source);
  }

  /** Gives a batch up that the server will not have. */
  refused({ sourceId, lines }: LogBatch): void {
    const source = this.#sources.get(sourceId);
    if (source && source.lines[0]?.line === lines[0]) this.#drop(source);
  }

  #drop(source: Source): void {
    for (const { bytes } of source.lines) this.#bytes -= bytes;
    this.#sources.delete(source.id);
    this.changed.notify();
  }
}

function newSource(id: string): Source {
  return { id, lines: [], lastFlushMs: Number.NEGATIVE_INFINITY, sinceMs: 0, isAsked: false };
}

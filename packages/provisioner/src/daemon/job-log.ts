import type { Clock } from "@hearth/base";
import type { JobLogLine, LogLevel } from "../protocol.ts";

/** @see spec/builds.md §11 */
const longestLine = 1_024;
/** The queue keeps 1 MiB of a job's log; more lines than this would wait only while it cannot be reached. */
const mostWaiting = 10_000;

/** What a job has said and nobody has stored yet. Stages group lines; some open with an empty line of the daemon's own. */
export class JobLog {
  readonly #clock: Clock;
  readonly #onLine: () => void;
  #stage = "Setting up";
  #lines: JobLogLine[] = [];
  #dropped = 0;

  /** `onLine` is told that something waits to be stored. */
  constructor(clock: Clock, onLine: () => void = () => undefined) {
    this.#clock = clock;
    this.#onLine = onLine;
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  /** Opens a stage with an empty line, so that followers see it begin. */
  stage(name: string): void {
    this.#stage = name;
    this.#push("info", "provisioner_daemon", "");
  }

  add(level: LogLevel, output: string): void {
    for (const line of output.replace(/\r?\n$/, "").split(/\r?\n/)) this.#push(level, "provisioner", line);
  }

  /** The daemon's own words about the job. */
  note(level: LogLevel, output: string): void {
    for (const line of output.split(/\r?\n/)) this.#push(level, "provisioner_daemon", line);
  }

  /** Takes what waits; whoever takes it stores it, or gives it back by {@link restore}. */
  take(): JobLogLine[] {
    if (this.#dropped > 0) {
      const dropped = this.#dropped;
      this.#dropped = 0;
      this.#lines.push(
        this.#line("warn", "provisioner_daemon", `${dropped} lines were lost while the queue was away.`),
      );
    }
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  restore(lines: readonly JobLogLine[]): void {
    this.#lines = [...lines, ...this.#lines];
  }

  #push(level: LogLevel, source: JobLogLine["source"], output: string): void {
    if (this.#lines.length >= mostWaiting) {
      this.#dropped++;
      return;
    }
    this.#lines.push(this.#line(level, source, output));
    this.#onLine();
  }

  #line(level: LogLevel, source: JobLogLine["source"], output: string): JobLogLine {
    return { createdAtMs: this.#clock.now(), level, source, stage: this.#stage, output: cut(output) };
  }
}

/** At most so many characters, none of them halved, and no NUL, which databases refuse. */
function cut(output: string): string {
  const text = output.replaceAll("\0", "\uFFFD");
  return text.length <= longestLine
    ? text
    : Array.from(text.slice(0, 2 * longestLine))
        .slice(0, longestLine)
        .join("");
}

import type { Clock } from "@hearth/base";
import type { JobLogLine, LogLevel } from "../protocol.ts";

/** @see spec/builds.md §11 */
const maxLineLength = 1_024;

/** What a job has said and nobody has stored yet. Stages group lines; some open with an empty line of the daemon's own. */
export class JobLog {
  readonly #clock: Clock;
  readonly #onLine: () => void;
  #stage = "Setting up";
  #lines: JobLogLine[] = [];

  /** `onLine` is told that something waits to be stored. */
  constructor(clock: Clock, onLine: () => void) {
    this.#clock = clock;
    this.#onLine = onLine;
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
    this.#push(level, "provisioner_daemon", output);
  }

  /** Takes what waits; whoever takes it stores it, or gives it back by {@link restore}. */
  take(): JobLogLine[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  restore(lines: readonly JobLogLine[]): void {
    this.#lines.unshift(...lines);
  }

  #push(level: LogLevel, source: JobLogLine["source"], output: string) {
    const cut = Array.from(output).slice(0, maxLineLength).join("");
    this.#lines.push({ createdAtMs: this.#clock.now(), level, source, stage: this.#stage, output: cut });
    this.#onLine();
  }
}

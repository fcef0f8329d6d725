import type { StdioOptions } from "node:child_process";
import { closeSync, openSync } from "node:fs";

/** One entry of `stdio`, for a descriptor of ours or what Node makes itself. */
export type StdioEntry = "pipe" | "ignore" | number;

/**
 * Keeps terminals out of processes they do not belong to.
 *
 * The native module opens terminals without close-on-exec, and Node has no call to set it. A child that inherits the
 * controlling end of a terminal keeps it alive: its shell would never be hung up. So every child is started with
 * `/dev/null` laid over those descriptors, and *every* start of a process in the agent must go through {@link cover}.
 */
export class InheritableDescriptors implements Disposable {
  readonly #open = new Set<number>();
  #devNull: number | undefined;

  add(fd: number): void {
    this.#open.add(fd);
  }

  /** To be called before the descriptor is closed, for its number may be given away at once. */
  remove(fd: number): void {
    this.#open.delete(fd);
  }

  /** `stdio` for a child, with what it must not inherit covered. */
  cover(stdio: readonly StdioEntry[]): StdioOptions {
    const covered: StdioEntry[] = [...stdio];
    for (const fd of this.#open) {
      if (fd < stdio.length) continue;
      while (covered.length < fd) covered.push("ignore"); // beyond the third, "ignore" means: leave as it is
      covered[fd] = this.#devNull ??= openSync("/dev/null", "r+");
    }
    return covered;
  }

  [Symbol.dispose](): void {
    if (this.#devNull !== undefined) closeSync(this.#devNull);
    this.#devNull = undefined;
  }
}

import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../system-clock.ts";
import { listInhabitants, type Inhabitant } from "./inhabitants.ts";

/** What has been told to end may take this long, on a machine with both processors busy; less than a test may. */
const patienceMs = 15_000;
const lookEveryMs = 10;

/**
 * A folder of one test's own, removed at the end.
 *
 * Its end waits for the processes that live in it: one that still writes there would put a file into a folder that is
 * being removed, and the test would fail now and then. For tests only; every folder of a test's own comes from here.
 */
export class TestFolder implements AsyncDisposable {
  readonly path: string;
  readonly #patienceMs: number;

  /** `within`: another place than the temporary directory, such as a disk of the test's own. */
  constructor(options: { readonly within?: string; readonly patienceMs?: number } = {}) {
    // A short name: sockets go below it, whose paths may have 107 bytes.
    this.path = mkdtempSync(join(options.within ?? tmpdir(), "ht-"));
    this.#patienceMs = options.patienceMs ?? patienceMs;
  }

  /** A path inside. */
  join(...names: readonly string[]): string {
    return join(this.path, ...names);
  }

  /**
   * Resolves when no process lives in the folder and it is gone.
   * @throws Error that names the processes which did not end by themselves; they are killed and the folder is removed all the same
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const left = await this.#untilEmpty(this.#patienceMs);
    for (const { pid } of left) kill(pid);
    if (left.length > 0) await this.#untilEmpty(this.#patienceMs);
    await rm(this.path, { recursive: true, force: true });
    if (left.length === 0) return;
    const names = left.map(({ pid, command }) => `${pid} ${command.slice(0, 160)}`);
    throw new Error(`Processes outlived the test in whose folder they live:\n${names.join("\n")}`);
  }

  async #untilEmpty(patience: number): Promise<readonly Inhabitant[]> {
    // By the clock: a look takes longer than the wait between two.
    const untilMs = systemClock.now() + patience;
    for (;;) {
      const inhabitants = await listInhabitants(this.path);
      if (inhabitants.length === 0 || systemClock.now() >= untilMs) return inhabitants;
      await systemClock.sleep(lookEveryMs);
    }
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself after all.
  }
}

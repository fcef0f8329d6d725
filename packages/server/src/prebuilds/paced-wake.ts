import { Wake, type Clock } from "@hearth/base";

/** No pause between two cycles is longer, however long they take. @see spec/prebuilds.md §5.1 [P] */
const longestPauseMs = 2_000;
/** A cycle may take this share of the time: one that took 10 ms is followed by a pause of 40. */
const pausePerWork = 4;
/**
 * What woke the loop is done first: somebody who was just given a warm workspace waits for its shell, and building the
 * next one takes the same processors.
 */
const breathMs = 40;

/**
 * Wakes a loop a breath after the first ring, and keeps the wakes of busy times apart: the longer a cycle took, the longer
 * the pause after it. So a pool is refilled right after a claim, and thousands of claims do not make thousands of cycles.
 */
export class PacedWake {
  readonly wake = new Wake();
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #restUntilMs = Number.NEGATIVE_INFINITY;
  #isWaiting = false;
  #isWorking = false;
  #isRungMeanwhile = false;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
  }

  ring(): void {
    if (this.#isWorking) {
      this.#isRungMeanwhile = true;
      return;
    }
    const restMs = this.#restUntilMs - this.#clock.now();
    if (!this.#isWaiting) void this.#ringLater(Math.max(breathMs, restMs)); // never rejects
  }

  /** Runs one cycle; what rings meanwhile is heard after its pause. */
  async work<T>(cycle: () => Promise<T>): Promise<T> {
    const startedMs = this.#clock.now();
    this.#isWorking = true;
    this.#isRungMeanwhile = false;
    try {
      return await cycle();
    } finally {
      const nowMs = this.#clock.now();
      this.#isWorking = false;
      this.#restUntilMs = nowMs + Math.min(longestPauseMs, (nowMs - startedMs) * pausePerWork);
      if (this.#isRungMeanwhile) this.ring();
    }
  }

  async #ringLater(waitMs: number): Promise<void> {
    this.#isWaiting = true;
    try {
      await this.#clock.sleep(waitMs, { signal: this.#signal, tag: "prebuilds-rest" });
    } catch {
      return; // stopping
    } finally {
      this.#isWaiting = false;
    }
    this.wake.notify();
  }
}

/** Counts what was checked, and says it as continuous integration reads it. */
export class Tally {
  #passed = 0;
  #failed = 0;

  add({ passed, failed }: { passed: number; failed: number }): void {
    this.#passed += passed;
    this.#failed += failed;
  }

  /** One check. */
  one(isPassed: boolean): void {
    this.add(isPassed ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });
  }

  /** Nothing failed, and something was checked. */
  get isGood(): boolean {
    return this.#failed === 0 && this.#passed > 0;
  }

  /** The closing line of a run: `12 passed, 0 failed`. */
  toString(): string {
    return `${this.#passed} passed, ${this.#failed} failed`;
  }
}

import type { Reporter } from "vitest/node";

/** Between two lines: often enough to see that it goes on. */
const lineEveryMs = 20_000;

/** A reporter for Vitest that says now and then how far it is, and nothing else. */
// oxlint-disable-next-line import/no-default-export -- Vitest loads reporters so
export default class ProgressReporter implements Reporter {
  #files = 0;
  #done = 0;
  #failed = 0;
  #spokenMs = Date.now();

  onTestRunStart(specifications: readonly unknown[]): void {
    this.#files = specifications.length;
  }

  onTestModuleEnd(module: { ok: () => boolean }): void {
    this.#done++;
    if (!module.ok()) this.#failed++;
    if (Date.now() - this.#spokenMs < lineEveryMs) return;
    this.#spokenMs = Date.now();
    const failed = this.#failed === 0 ? "" : `, ${this.#failed} with failures`;
    console.log(`  ${this.#done} of ${this.#files} test files done${failed}`);
  }
}

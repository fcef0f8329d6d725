import type { Clock } from "@hearth/base";

/** @see spec/agents.md A-24 */
const quietMs = 30_000;

/** Lets one sign of use of a workspace through in 30 s: its users' agents report more often than anybody needs to know. */
export class ActivityGate {
  readonly #clock: Clock;
  readonly #lastMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether this sign of use is to be told. */
  pass(workspaceId: string): boolean {
    const nowMs = this.#clock.now();
    const lastMs = this.#lastMs.get(workspaceId);
    if (lastMs !== undefined && nowMs - lastMs < quietMs) return false;
    this.#lastMs.set(workspaceId, nowMs);
    if (this.#lastMs.size > 10_000) this.#forget(nowMs);
    return true;
  }

  #forget(nowMs: number): void {
    for (const [workspaceId, lastMs] of this.#lastMs) if (nowMs - lastMs >= quietMs) this.#lastMs.delete(workspaceId);
  }
}

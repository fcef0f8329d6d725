import { type Clock, type Logger, Wake } from "@hearth/base";
import { Lifecycle_State as State } from "@hearth/wire/agent-proto";

/** A state and when it was entered. */
export interface LifecycleEntry {
  readonly state: State;
  readonly changedAtMs: number;
}

/**
 * What the agent has been through, and how much of it the server knows.
 *
 * - States are entered in their order only (`created < starting < … < ready < shutting_down < … < off`).
 * - The list belongs to one agent id: a new build or a claim begins a new one.
 * - It lives outside of sessions, so what happens without a connection is reported later, with its own times.
 * @see agents §8, rule A-12
 */
export class Lifecycle {
  /** Rings whenever there may be something to report. */
  readonly changed = new Wake();
  readonly #clock: Clock;
  readonly #log: Logger;
  #entries: LifecycleEntry[] = [];
  #reported = 0;

  constructor({ clock, log }: { clock: Clock; log: Logger }) {
    this.#clock = clock;
    this.#log = log;
    this.reset();
  }

  get current(): State {
    return this.#entries.at(-1)?.state ?? State.CREATED;
  }

  /** Enters a state. One that is not later than the current one is ignored with a warning. */
  set(state: State): boolean {
    if (state <= this.current) {
      this.#log.warn(
        { from: nameOfState(this.current), to: nameOfState(state) },
        "lifecycle does not go back; state ignored",
      );
      return false;
    }
    this.#entries.push({ state, changedAtMs: this.#clock.now() });
    this.changed.notify();
    return true;
  }

  /** Begins anew, for a new agent id. Nothing of the old list will be reported: it was another agent's. */
  reset(): void {
    this.#entries = [{ state: State.CREATED, changedAtMs: this.#clock.now() }];
    this.#reported = 1; // the server made the agent in this state
  }

  /** Compares with what the server has stored, and reports the current state again when it is behind. */
  catchUp(stored: State): void {
    if (stored === State.STATE_UNSPECIFIED || stored >= this.current) return;
    this.#reported = Math.min(this.#reported, this.#entries.length - 1);
    this.changed.notify();
  }

  /** The first entry the server does not know, or nothing. */
  unreported(): LifecycleEntry | undefined {
    return this.#entries[this.#reported];
  }

  /** The server has taken an entry. One that a reset has overtaken is not counted. */
  markReported(entry: LifecycleEntry): void {
    if (this.#entries[this.#reported] !== entry) return;
    this.#reported++;
    this.changed.notify();
  }
}

/** The state's name as the API spells it. */
export function nameOfState(state: State): string {
  const name = Object.entries(State).find(([, value]) => value === state)?.[0];
  return name?.toLowerCase() ?? `state ${state}`;
}

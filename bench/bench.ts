import type { Measurement } from "./row.ts";

/** What one bench was asked for. */
export interface Plan {
  /**
   * How many samples to take where the full bench takes `full`: those of `--runs`, a handful in the short form.
   * Not for work whose amount is a part of the question (a burst of 1,000): see {@link isFull}.
   */
  readonly runs: (full: number) => number;
  /** All that the budgets ask for, on a quiet machine. */
  readonly isFull: boolean;
  /** For the environment of the server that is measured: empty, or what makes it write a profile. */
  readonly serverEnv: Readonly<Record<string, string>>;
  /** Says what it is at; standard error, so that the table stays clean. */
  readonly note: (line: string) => void;
}

/** A question about speed or room, with a server of its own. */
export interface Bench {
  /** What it answers, in a line of `--help`. */
  readonly about: string;
  /** Left out where no name is given: it takes long, or much memory. @default false */
  readonly isLong?: boolean;
  /** @throws Error when what was measured did not do what it should: such a number would say nothing */
  measure(plan: Plan): Promise<readonly Measurement[]>;
}

/** How many samples stand behind a percentile. */
export const fullRuns = {
  /** A median alone. */
  median: 200,
  /** Up to the 99th percentile, where each needs an agent that nobody used. */
  freshAgents: 300,
  /** Up to the 99th percentile of what costs nothing but its own time. */
  many: 1_000,
};

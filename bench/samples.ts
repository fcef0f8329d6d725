import { percentile, type Budget, type Measurement } from "./row.ts";

/** Takes one sample, in milliseconds. `run` counts from 0, warm-ups among them. */
export type Sample = (run: number) => Promise<number>;

/**
 * Samples of several things in turn, one of each and again, so that a slow second of the machine hits all of them. The
 * first `warmUps` rounds are thrown away: code is compiled and statements are planned by then. Never more than `runs`.
 * @returns milliseconds of each run, by name
 */
export async function sampleInTurn<Name extends string>(
  samples: Readonly<Record<Name, Sample>>,
  { runs, warmUps }: { runs: number; warmUps: number },
): Promise<Record<Name, number[]>> {
  // The names are those of what was given.
  const entries = Object.entries(samples) as [Name, Sample][];
  const taken = Object.fromEntries(entries.map(([name]) => [name, []])) as unknown as Record<Name, number[]>;
  const thrownAway = Math.min(warmUps, runs);
  for (let run = 0; run < runs + thrownAway; run++) {
    for (const [name, sample] of entries) {
      const ms = await sample(run);
      if (run >= thrownAway) taken[name].push(ms);
    }
  }
  return taken;
}

/** How long something takes, in milliseconds. */
export async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** A percentile of samples against the same percentile of their floor's. */
export function toFloor(
  name: string,
  of: { samples: readonly number[]; floor: readonly number[]; share: number; budget: Budget },
): Measurement {
  return {
    name,
    unit: "ms",
    value: percentile(of.samples, of.share),
    baseline: percentile(of.floor, of.share),
    runs: of.samples.length,
    budget: of.budget,
  };
}

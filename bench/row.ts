/** What a row must hold to; each that is given counts. */
export interface Budget {
  /** Of value to baseline. */
  readonly ratio?: number;
  /** Of the value itself, in its unit. */
  readonly value?: number;
  /** Whether more is better: then both are the least that is right, not the most. @default false */
  readonly isLeast?: boolean;
}

export type Unit = "ms" | "/s" | "statements" | "MB" | "KiB" | "errors" | "workspaces";

/** One number of one repeat, and the baseline that was measured beside it. */
export interface Measurement {
  readonly name: string;
  readonly unit: Unit;
  readonly value: number;
  readonly baseline?: number;
  /** How many samples the value was taken of. */
  readonly runs: number;
  readonly budget: Budget;
}

/** One line of the table: the median of all repeats, and whether it is within its budget. */
export interface Row extends Measurement {
  readonly ratio?: number;
  readonly ok: boolean;
  /** Each repeat's own, in order. */
  readonly repeats: readonly { readonly value: number; readonly baseline?: number }[];
}

/**
 * The row of a measurement that was repeated. Value, baseline and ratio are medians each: a repeat that was disturbed moves
 * none of them.
 */
export function rowOf(repeats: readonly [Measurement, ...Measurement[]]): Row {
  const [first] = repeats;
  const value = median(repeats.map((repeat) => repeat.value));
  const baselines = repeats.flatMap(({ baseline }) => (baseline === undefined ? [] : [baseline]));
  const ratios = repeats.flatMap((repeat) => (repeat.baseline === undefined ? [] : [repeat.value / repeat.baseline]));
  const ratio = ratios.length === 0 ? undefined : median(ratios);
  return {
    name: first.name,
    unit: first.unit,
    value: round(value),
    ...(ratio === undefined ? {} : { baseline: round(median(baselines)), ratio: round(ratio) }),
    runs: first.runs,
    budget: first.budget,
    ok: holds(first.budget, value, ratio),
    repeats: repeats.map((repeat) => ({
      value: round(repeat.value),
      ...(repeat.baseline === undefined ? {} : { baseline: round(repeat.baseline) }),
    })),
  };
}

/** Rows of several repeats of the same benches, in the order of the first. */
export function rowsOf(repeats: readonly (readonly Measurement[])[]): Row[] {
  return (repeats[0] ?? []).map((first) => {
    const others = repeats.slice(1).flatMap((repeat) => repeat.filter(({ name }) => name === first.name));
    return rowOf([first, ...others]);
  });
}

function holds({ ratio: ofRatio, value: ofValue, isLeast = false }: Budget, value: number, ratio?: number): boolean {
  const within = (is: number | undefined, wanted: number | undefined) =>
    wanted === undefined || (is !== undefined && (isLeast ? is >= wanted : is <= wanted)); // NaN is within nothing
  return within(ratio, ofRatio) && within(value, ofValue);
}

/** The value below which `share` of the samples lie; of few samples the next greater one. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Of an even number of samples the lower of the two in the middle. */
export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}

/** The table as text, columns aligned. */
export function renderTable(rows: readonly Row[]): string {
  const lines = [
    ["", "value", "baseline", "ratio", "budget", "runs", ""],
    ...rows.map((row) => [
      row.name,
      `${row.value} ${row.unit}`,
      row.baseline === undefined ? "" : `${row.baseline} ${row.unit}`,
      row.ratio === undefined ? "" : `${row.ratio} ×`,
      renderBudget(row),
      row.repeats.length > 1 ? `${row.repeats.length} × ${row.runs}` : String(row.runs),
      row.ok ? "ok" : "over",
    ]),
  ];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function renderBudget({ budget: { ratio, value, isLeast = false }, unit }: Row): string {
  const parts = [
    ...(ratio === undefined ? [] : [`${round(ratio)} ×`]),
    ...(value === undefined ? [] : [`${value} ${unit}`]),
  ];
  return parts.length === 0 ? "" : `${isLeast ? "≥" : "≤"} ${parts.join(", ")}`;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

/** One line of the table: what was measured, in which unit, against what, and whether it is within its budget. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: "ms";
  readonly baseline: number;
  readonly ratio: number;
  /** Largest ratio that is right. */
  readonly budget: number;
  readonly ok: boolean;
}

/** A row of a value against a baseline of the same run. */
export function rowOf(name: string, value: number, baseline: number, budget: number): Row {
  const ratio = value / baseline;
  return {
    name,
    value: round(value),
    unit: "ms",
    baseline: round(baseline),
    ratio: round(ratio),
    budget,
    ok: ratio <= budget,
  };
}

/** The value below which `share` of the samples lie; of few samples the next greater one. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** The table as text, columns aligned. */
export function renderTable(rows: readonly Row[]): string {
  const lines = [
    ["", "value", "baseline", "ratio", "budget", ""],
    ...rows.map((row) => [
      row.name,
      `${row.value} ${row.unit}`,
      `${row.baseline} ${row.unit}`,
      `${row.ratio} ×`,
      `≤ ${row.budget} ×`,
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

function round(value: number): number {
  return Number(value.toPrecision(4));
}

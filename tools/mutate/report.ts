import { reasonFor, type Equivalent, type Outcome } from "./outcome.ts";

/** At most this part of the changes may survive without a reason. */
export const mostThatSurvive = 0.05;

export interface Summary {
  /** Of those that count, which are all but the equivalent ones. */
  readonly rate: number;
  /** Those that a test should have caught. */
  readonly missed: readonly Outcome[];
  /** Reasons for changes that were caught, or that are no more: to be taken out. */
  readonly stale: readonly Equivalent[];
}

/** Pure. */
export function summarize(outcomes: readonly Outcome[], equivalents: readonly Equivalent[]): Summary {
  const lived = outcomes.filter(({ fate }) => fate !== "killed");
  const missed = lived.filter((outcome) => reasonFor(outcome, equivalents) === undefined);
  const excused = lived.length - missed.length;
  const counted = outcomes.length - excused;
  const stale = equivalents.filter((equivalent) => !lived.some((outcome) => reasonFor(outcome, [equivalent])));
  return { rate: counted === 0 ? 0 : missed.length / counted, missed, stale };
}

/** What is kept of a run, as Markdown. Pure. */
export function toMarkdown(
  outcomes: readonly Outcome[],
  equivalents: readonly Equivalent[],
  run: { date: string; minutes: number },
): string {
  const { rate, missed } = summarize(outcomes, equivalents);
  const excused = outcomes.filter((outcome) => outcome.fate !== "killed" && !missed.includes(outcome));
  const byFile = Object.entries(Object.groupBy(outcomes, ({ file }) => file)).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    "# What the tests catch",
    "",
    "Written by `npm run mutate`, which changes one thing at a time in the rules (decisions by Stryker; conditions, orders,",
    "limits and locks of statements by `tools/mutate/sql`) and runs the tests that reach it. What survives is what no test",
    "would have noticed.",
    "",
    `${run.date}: ${outcomes.length} changes in ${run.minutes} minutes; ${missed.length} survived (${(rate * 100).toFixed(1)} %; at most ${mostThatSurvive * 100} % may), ${excused.length} more alter nothing that could be seen.`,
    "",
    "| file | changes | caught | survived | alter nothing |",
    "| --- | --- | --- | --- | --- |",
    ...byFile.map(([file, of = []]) => {
      const killed = of.filter(({ fate }) => fate === "killed").length;
      const lost = of.filter((outcome) => missed.includes(outcome)).length;
      return `| ${file.replace("packages/server/src/", "")} | ${of.length} | ${killed} | ${lost} | ${of.length - killed - lost} |`;
    }),
    "",
    "## Survived",
    "",
    ...list(missed, () => ""),
    "",
    "## Alter nothing",
    "",
    ...list(excused, (outcome) => `: ${reasonFor(outcome, equivalents) ?? ""}`),
    "",
  ].join("\n");
}

function list(outcomes: readonly Outcome[], tail: (outcome: Outcome) => string): string[] {
  if (outcomes.length === 0) return ["Nothing."];
  return outcomes.map((outcome) => {
    const { file, line, text, by, fate } = outcome;
    const change = `\`${text.replaceAll("`", "'")}\` → ${by === "" ? "nothing" : `\`${by.replaceAll("`", "'")}\``}`;
    const unreached = fate === "unreached" ? " (no test reaches it)" : "";
    return `- ${file.replace("packages/server/src/", "")}:${line} ${change}${unreached}${tail(outcome)}`;
  });
}

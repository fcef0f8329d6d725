import { CronError } from "./cron-range.ts";

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** Names by number, from `least` on. */
  readonly words: readonly string[];
}

const fields: readonly Field[] = [
  { name: "second", least: 0, most: 59, words: [] },
  { name: "minute", least: 0, most: 59, words: [] },
  { name: "hour", least: 0, most: 23, words: [] },
  { name: "day of month", least: 1, most: 31, words: [] },
  {
    name: "month",
    least: 1,
    most: 12,
    words: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  },
  { name: "weekday", least: 0, most: 6, words: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

const descriptors: Readonly<Record<string, string>> = {
  "@yearly": "0 0 0 1 1 *",
  "@annually": "0 0 0 1 1 *",
  "@monthly": "0 0 0 1 * *",
  "@weekly": "0 0 0 * * 0",
  "@daily": "0 0 0 * * *",
  "@midnight": "0 0 0 * * *",
  "@hourly": "0 0 * * * *",
};

/**
 * A script's schedule as agents read it, with six fields from second to weekday. Manifests may write the usual five
 * (the second is then 0), all six, or a word such as `@daily`.
 * @throws CronError
 */
export function normalizeScriptCron(expression: string): string {
  const text = expression.trim();
  if (text.startsWith("@")) {
    const known = descriptors[text];
    if (known !== undefined) return known;
    throw new CronError(`"${text}" is no schedule; there are ${Object.keys(descriptors).join(", ")}.`);
  }
  const given = text.split(/\s+/);
  const all = given.length === 5 ? ["0", ...given] : given;
  if (all.length !== 6) {
    throw new CronError(
      `"${expression}" is no cron expression: it must have five fields (minute hour day-of-month month weekday), or six with the second first.`,
    );
  }
  for (const [index, field] of fields.entries()) checkField(all[index] ?? "", field);
  return all.join(" ");
}

function checkField(text: string, field: Field): void {
  for (const item of text.split(",")) {
    const match = /^(?:(\*|\?)|([a-z]{3}|\d{1,2})(?:-([a-z]{3}|\d{1,2}))?)(?:\/(\d{1,2}))?$/i.exec(item);
    const from = match?.[2] === undefined ? field.least : numberOf(match[2], field);
    const to = match?.[3] === undefined ? from : numberOf(match[3], field);
    const step = match?.[4] === undefined ? 1 : Number(match[4]);
    if (match && from !== undefined && to !== undefined && from <= to && step >= 1) continue;
    const words = field.words.length > 0 ? ` (or ${field.words.join(", ")})` : "";
    throw new CronError(
      `The ${field.name} field "${text}" must hold *, numbers ${field.least}-${field.most}${words}, ranges, steps or a comma list of these.`,
    );
  }
}

function numberOf(text: string, field: Field): number | undefined {
  const word = field.words.indexOf(text.toLowerCase());
  if (word >= 0) return field.least + word;
  const number = Number(text);
  return Number.isInteger(number) && number >= field.least && number <= field.most ? number : undefined;
}

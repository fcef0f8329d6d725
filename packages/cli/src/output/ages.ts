import { zeroTime } from "@hearth/sdk";

const steps = [
  { unit: "year", ms: 365 * 86_400_000 },
  { unit: "month", ms: 30 * 86_400_000 },
  { unit: "day", ms: 86_400_000 },
  { unit: "hour", ms: 3_600_000 },
  { unit: "minute", ms: 60_000 },
  { unit: "second", ms: 1_000 },
] as const;

/** How long ago or how far ahead an instant is, in its largest unit: `3 minutes ago`, `in 2 hours`, `just now`. */
export function age(instant: string | null | undefined, nowMs: number): string {
  if (instant === null || instant === undefined || instant === zeroTime) return "never";
  const instantMs = Date.parse(instant);
  // Keys that were never used say so with the epoch.
  if (instantMs === 0) return "never";
  const differenceMs = nowMs - instantMs;
  const size = Math.abs(differenceMs);
  const step = steps.find(({ ms }) => size >= ms);
  if (step === undefined) return "just now";
  const count = Math.floor(size / step.ms);
  const text = `${count} ${step.unit}${count === 1 ? "" : "s"}`;
  return differenceMs >= 0 ? `${text} ago` : `in ${text}`;
}

/** A measured time for people: `31 ms`, `1.2 s`, `2m 5s`. */
export function elapsed(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
}

const units = [
  { name: "d", ms: 86_400_000 },
  { name: "h", ms: 3_600_000 },
  { name: "min", ms: 60_000 },
  { name: "s", ms: 1_000 },
] as const;

/**
 * A measured time in words, to two or three figures: `31 ms`, `4.1 s`, `52 s`, `3 min 20 s`, `1 h 12 min`, `12 d`.
 * Never negative: clocks of two machines differ.
 */
export function duration(ms: number): string {
  const length = Math.max(0, ms);
  if (length < 999.5) return `${Math.round(length)} ms`;
  if (length < 9_950) return `${(length / 1_000).toFixed(1).replace(/\.0$/, "")} s`;
  return inUnits(Math.round(length / 1_000) * 1_000);
}

/** How long something has lasted, for texts that tick: whole seconds, then minutes; `0 s` when it has just begun. */
export function age(ms: number): string {
  const length = Math.max(0, ms);
  if (length < 60_000) return `${Math.floor(length / 1_000)} s`;
  if (length < 3_600_000) return `${Math.floor(length / 60_000)} min`;
  return inUnits(Math.floor(length / 60_000) * 60_000);
}

/** The two largest units that count; from ten of the larger one on, that one alone. */
function inUnits(ms: number): string {
  const at = units.findIndex((unit) => ms >= unit.ms);
  const [large, small] = [units[at], units[at + 1]];
  if (!large) return "0 s";
  const count = Math.floor(ms / large.ms);
  const rest = small ? Math.floor((ms - count * large.ms) / small.ms) : 0;
  const isCoarse = large.name !== "min" ? count >= 10 : count >= 30;
  return small && rest > 0 && !isCoarse ? `${count} ${large.name} ${rest} ${small.name}` : `${count} ${large.name}`;
}

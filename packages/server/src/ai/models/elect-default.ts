/** A model as an election sees it. */
export interface Candidate {
  readonly id: string;
  /** It and its provider are enabled. */
  readonly isUsable: boolean;
  readonly isDefault: boolean;
  readonly createdAtMs: number;
}

/**
 * Which of an organization's models is its default; undefined where it has none. The one that is asked for; else the one that
 * is already, unless it is `demoted`; else the oldest that can be used, or the oldest at all. Pure.
 * @see spec "AI chat" §16.4
 */
export function electDefault(
  models: readonly Candidate[],
  wish: { readonly promoted?: string; readonly demoted?: string } = {},
): string | undefined {
  const asked = models.find(({ id }) => id === wish.promoted);
  const kept = models.find(({ id, isDefault }) => isDefault && id !== wish.demoted);
  const byAge = models.toSorted((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1));
  const others = byAge.filter(({ id }) => id !== wish.demoted);
  // The only one stays what it is, whatever is wished.
  const elected = asked ?? kept ?? others.find(({ isUsable }) => isUsable) ?? others[0] ?? byAge[0];
  return elected?.id;
}

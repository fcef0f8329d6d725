/**
 * Who works on a thing. Every write of the holder carries the epoch and changes nothing when another took over.
 *
 * Times to live are the callers' constants; each stands beside its renewal interval with the inequality between them.
 */
export interface Lease {
  readonly holder: string;
  /** Grows by one each time the lease changes hands, and when a holder comes back after losing it. */
  readonly epoch: number;
  readonly expiresAtMs: number;
}

/** Whether anyone holds the lease; at `expiresAtMs` itself nobody does. */
export function isHeld(lease: Lease | undefined, nowMs: number): boolean {
  return lease !== undefined && nowMs < lease.expiresAtMs;
}

/** Whether this very holding of it is still good. */
export function isHeldBy(lease: Lease | undefined, held: Pick<Lease, "holder" | "epoch">, nowMs: number): boolean {
  return isHeld(lease, nowMs) && lease?.holder === held.holder && lease.epoch === held.epoch;
}

/** The lease after `holder` took it, or `undefined` when it is held. Holders do not take their own lease twice. */
export function takeLease(
  current: Lease | undefined,
  { holder, ttlMs, nowMs }: { holder: string; ttlMs: number; nowMs: number },
): Lease | undefined {
  if (isHeld(current, nowMs)) return undefined;
  return { holder, epoch: (current?.epoch ?? 0) + 1, expiresAtMs: nowMs + ttlMs };
}

/** The lease after its holder renewed it, or `undefined` when it is no longer theirs: expired, or taken by another. */
export function renewLease(
  current: Lease | undefined,
  held: Pick<Lease, "holder" | "epoch">,
  { ttlMs, nowMs }: { ttlMs: number; nowMs: number },
): Lease | undefined {
  if (!current || !isHeldBy(current, held, nowMs)) return undefined;
  return { ...current, expiresAtMs: Math.max(current.expiresAtMs, nowMs + ttlMs) };
}

/**
 * A replica renews its lease every 5 s: two renewals may be lost before the lease (15 s) ends and its agents read as
 * disconnected. @see spec/agents.md §7.3
 */
export const renewEveryMs = 5_000;
export const leaseMs = 15_000;

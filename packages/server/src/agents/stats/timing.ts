/** How often agents report their use; what all of them report in that time is written together. */
export const reportIntervalMs = 30_000;

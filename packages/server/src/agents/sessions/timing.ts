/** Every 15 s a ping; a peer that answered none for twice that is gone. @see spec/agents.md §4.1 */
export const pingEveryMs = 15_000;
export const inactivityMs = 2 * pingEveryMs;

/** What a session knows is read again when it may have changed, this long after the first word of it. */
export const checkDelayMs = 250;
/** The safety net under lost words. @see spec/agents.md */
export const checkEveryMs = 5 * 60_000;

/**
 * For how long the facts of an unclaimed prebuild are kept: until it is claimed, and they are read again with those of all
 * sessions before this is over. @see spec/agents.md A-7, which has 10 s and a read each
 */
export const unclaimedMs = 2 * checkEveryMs;

/** An agent that does not take its manifest in time is told it again. */
export const pushWithinMs = 10_000;

/** A peer that does not answer our close is cut. */
export const closeWithinMs = 5_000;

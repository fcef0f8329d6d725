/** A replica of the same deployment is near: one that does not answer by then is not there. */
export const connectMs = 5_000;
/**
 * A connection that nobody uses is closed after this long. Until then both sides ask each other every 5 s whether they
 * are there, so that a machine that is lost without a word ends its streams within 10 s, before its lease ends (15 s).
 */
export const idleMs = 60_000;
export const keepAliveMs = 5_000;
export const writeTimeoutMs = 5_000;
/** For the head of a request, which comes with the opening of its stream. */
export const headMs = 10_000;
/** For the answer: more than what the agent behind it may take (30 s), so that its own word arrives. */
export const answerMs = 35_000;

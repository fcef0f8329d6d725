// What has no noun of the domain. Runs everywhere JavaScript does: no Node, no DOM.
export { AsyncQueue } from "./async-queue.ts";
export { backoffMs, retry, type BackoffPolicy, type RetryOptions } from "./backoff.ts";
export { Batcher, type BatcherOptions } from "./batcher.ts";
export type { Clock, Deadline, WaitOptions } from "./clock.ts";
export { HearthError, messageOf, type HearthErrorOptions } from "./errors.ts";
export { EventStreamReader, readEvents, type StreamEvent } from "./event-stream.ts";
export { silentLogger, type Logger } from "./logger.ts";
export { runLoop, type LoopOptions, type LoopPass } from "./loop.ts";
export { Mutex } from "./mutex.ts";
export { once } from "./once.ts";
export { onAbort, Scope } from "./scope.ts";
export { Semaphore } from "./semaphore.ts";
export { SetsByKey } from "./sets-by-key.ts";
export { systemClock } from "./system-clock.ts";
export { untilAborted } from "./until-aborted.ts";
export { Wake } from "./wake.ts";
export { withTimeout } from "./with-timeout.ts";
export { armFailpoints, failpoint } from "./failpoint.ts";

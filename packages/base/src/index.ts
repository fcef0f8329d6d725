// What has no noun of the domain. Runs everywhere JavaScript does: no Node, no DOM.
export { AsyncQueue } from "./async-queue.ts";
export { backoffMs, retry, type BackoffPolicy, type RetryOptions } from "./backoff.ts";
export { Batcher, ItemsLostError, type BatcherOptions } from "./batcher.ts";
export type { Clock, Deadline, WaitOptions } from "./clock.ts";
export { HearthError, isRetryable, type HearthErrorOptions } from "./errors.ts";
export { KeyedQueue, type KeyedQueueOptions, type KeyedWork } from "./keyed-queue.ts";
export { isHeld, isHeldBy, renewLease, takeLease, type Lease } from "./lease.ts";
export { silentLogger, type Logger } from "./logger.ts";
export { runLoop, type LoopOptions, type LoopPass } from "./loop.ts";
export { Mutex } from "./mutex.ts";
export { once } from "./once.ts";
export { onAbort, Scope } from "./scope.ts";
export { Semaphore } from "./semaphore.ts";
export { systemClock } from "./system-clock.ts";
export { Wake } from "./wake.ts";
export { withTimeout } from "./with-timeout.ts";
export { armFailpoints, failpoint } from "./failpoint.ts";

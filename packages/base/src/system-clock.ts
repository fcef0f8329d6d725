import type { Clock, Deadline, WaitOptions } from "./clock.ts";

/** Timers of every runtime count in signed 32 bits; a longer wait would end at once. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * The real time. The one place of the project that touches raw timers (house rule `no-raw-timers`).
 *
 * A wait keeps the process alive until it ends or its signal aborts, so whoever waits must be able to say why.
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep,
  timeout,
};

function sleep(ms: number, { signal }: WaitOptions = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const cancel = startTimer(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    function onAbort(): void {
      cancel();
      reject(signal?.reason);
    }
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

function timeout(ms: number, { signal, tag }: WaitOptions = {}): Deadline {
  const controller = new AbortController();
  const cancel = startTimer(ms, () => {
    end(timeoutError(ms, tag));
  });
  // Not AbortSignal.any: it keeps an entry in a long-lived source for each signal made from it.
  function onAbort(): void {
    end(signal?.reason);
  }
  function end(reason: unknown): void {
    dispose();
    controller.abort(reason);
  }
  function dispose(): void {
    cancel();
    signal?.removeEventListener("abort", onAbort);
  }
  if (signal?.aborted) end(signal.reason);
  else signal?.addEventListener("abort", onAbort, { once: true });
  return { signal: controller.signal, [Symbol.dispose]: dispose };
}

/** Calls `fire` once after `ms`, in several steps when one timer cannot hold it. Returns what cancels it. */
function startTimer(ms: number, fire: () => void): () => void {
  let remainingMs = Math.max(0, ms);
  let handle = next();
  function next(): ReturnType<typeof setTimeout> {
    const stepMs = Math.min(remainingMs, longestTimerMs);
    remainingMs -= stepMs;
    return setTimeout(() => {
      if (remainingMs > 0) handle = next();
      else fire();
    }, stepMs);
  }
  return () => {
    clearTimeout(handle);
  };
}

/** What a deadline aborts with; the name is the platform's own, so `error.name === "TimeoutError"` holds for both. */
export function timeoutError(ms: number, tag: string | undefined): DOMException {
  return new DOMException(`${tag ?? "The operation"} took longer than ${ms} ms.`, "TimeoutError");
}

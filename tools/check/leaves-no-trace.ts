import { afterAll, beforeAll, expect } from "vitest";

// Test files share a process, one after the other: what a file changes of that it puts back, or the next one would find it.

/** Events of the process that programs listen to; Vitest's own listeners are there before and after. */
const events = ["SIGINT", "SIGTERM", "SIGHUP", "uncaughtException", "unhandledRejection", "warning", "exit"] as const;

const look = () => ({
  env: { ...process.env },
  directory: process.cwd(),
  umask: process.umask(),
  exitCode: process.exitCode,
  listeners: Object.fromEntries(events.map((event) => [event, process.listenerCount(event)])),
  Date: globalThis.Date,
  setTimeout: globalThis.setTimeout,
  fetch: globalThis.fetch,
});

let before: ReturnType<typeof look>;
beforeAll(() => {
  before = look();
});
afterAll(() => {
  expect(look(), "the file leaves its process as it found it").toEqual(before);
});

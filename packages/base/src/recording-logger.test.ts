import { expect, test } from "vitest";
import { silentLogger } from "./logger.ts";
import { recordingLogger } from "./recording-logger.ts";

test("lines are kept with their level and the fields of every logger they came through", () => {
  const log = recordingLogger();

  log.child({ loop: "pool" }).child({ attempt: 1 }).warn({ attempt: 2 }, "pass failed");
  log.info({}, "started");

  expect(log.lines).toEqual([
    { level: "warn", message: "pass failed", fields: { loop: "pool", attempt: 2 } },
    { level: "info", message: "started", fields: {} },
  ]);
});

test("the silent logger takes everything and has silent children", () => {
  const log = silentLogger.child({ any: 1 });

  for (const level of ["debug", "info", "warn", "error"] as const) log[level]({}, "nothing");

  expect(log).toBe(silentLogger);
});

// Runs beside each test file while it is found out which tests use which statements: writes that down, test by test.
import { appendFileSync } from "node:fs";
import pg from "pg";
import { afterEach, beforeEach, expect } from "vitest";

const file = process.env["HEARTH_SQL_USES"];
let used = new Set<string>();
let startedMs = 0;

/** Called by the probes in the sources. */
(globalThis as { hearthSqlUsed?: (id: string) => void }).hearthSqlUsed = (id) => void used.add(id);

// What is a text at first is seen when it is asked of the database: fragments are put together before any test runs.
const prototype = pg.Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
const { query } = prototype;
prototype.query = function (this: unknown, ...args: unknown[]): unknown {
  const [config] = args as [string | { text?: string } | undefined];
  const text = typeof config === "string" ? config : config?.text;
  for (const [, id = ""] of text?.matchAll(/hearth-sql:([^*]+)\*/g) ?? []) used.add(id);
  return query.apply(this, args);
};

beforeEach(() => {
  used = new Set();
  startedMs = performance.now();
});

afterEach(() => {
  const { testPath, currentTestName } = expect.getState();
  if (file === undefined || used.size === 0) return;
  const use = { file: testPath, test: currentTestName, tookMs: performance.now() - startedMs, statements: [...used] };
  appendFileSync(file, `${JSON.stringify(use)}\n`);
});

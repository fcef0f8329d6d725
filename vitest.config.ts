import { configDefaults, defineConfig } from "vitest/config";

/** Tests of the kinds below; what is left over is the kind `unit`. */
const database = "packages/*/src/**/*.db.test.ts";
const deployment = ["packages/*/src/**/*.deployment.test.ts", "e2e/**/*.test.ts"];
const browser = ["packages/*/src/**/*.browser.test.ts", "e2e/**/*.browser.test.ts"];

const postgres = "packages/testkit/src/database/global-setup.ts";

// Files of a kind share a process, one after the other, and with it what is imported: a process and imports of its own cost
// most files more than their tests. A file that changes the process fails. @see docs/decisions/0032-tests-share-processes.md
const sharing = "{base,cli,sdk,server,testkit,web}";
const notUnit = [...configDefaults.exclude, "**/*.{db,deployment,browser}.test.ts"];
const shared = { isolate: false, setupFiles: ["tools/check/leaves-no-trace.ts"] };

// One project a kind of test, so that a kind can be run alone: `npx vitest run --project unit`.
// The limits of time only end what hangs: no test waits for time to pass.
export default defineConfig({
  test: {
    // Two cores: a worker each, and PostgreSQL between them.
    maxWorkers: 2,
    // The same seeds for everyone would hide bugs; a property that fails prints the seed it failed with.
    sequence: { shuffle: false },
    projects: [
      {
        test: {
          name: "unit",
          ...shared,
          include: [`packages/${sharing}/src/**/*.test.{ts,tsx}`],
          exclude: notUnit,
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "unit-alone",
          include: ["packages/*/src/**/*.test.ts", "tools/**/*.test.ts", "bench/**/*.test.ts"],
          exclude: [...notUnit, `packages/${sharing}/**`],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "database",
          include: [database],
          globalSetup: postgres,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "deployment",
          include: deployment,
          exclude: [...configDefaults.exclude, ...browser],
          globalSetup: postgres,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "browser",
          include: browser,
          globalSetup: postgres,
          // A browser is hungry: one at a time.
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});

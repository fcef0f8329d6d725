import { configDefaults, defineConfig } from "vitest/config";

// The tests that run statements of the server. One worker: the other core is Stryker's.
export default defineConfig({
  test: {
    include: ["packages/server/src/**/*.db.test.ts"],
    // The test of all statements prepares each, and sees no row.
    exclude: [...configDefaults.exclude, "**/statements.db.test.ts"],
    globalSetup: "packages/testkit/src/database/global-setup.ts",
    setupFiles: "tools/mutate/end-on-failure.ts",
    maxWorkers: 1,
    // What is kept on the disk would outlive the mutant that it was made of.
    fsModuleCache: false,
    // A mutant that waits for a lock for ever is caught by this.
    testTimeout: 40_000,
    hookTimeout: 40_000,
  },
});

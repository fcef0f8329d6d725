import { configDefaults, defineConfig } from "vitest/config";

// The tests of the decisions that Stryker is told to change, which run.ts names.
export default defineConfig({
  test: {
    include: JSON.parse(process.env["HEARTH_MUTATE_TESTS"] ?? "[]") as string[], // written by run.ts
    exclude: configDefaults.exclude,
    globalSetup: "packages/testkit/src/database/global-setup.ts",
    setupFiles: "tools/mutate/end-on-failure.ts",
    fsModuleCache: false,
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});

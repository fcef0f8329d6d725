import { configDefaults, defineConfig } from "vitest/config";

// The tests that the decisions of the server have, as Stryker runs them; with a database, those of decisions that lie
// beside a statement, or must agree with one.
export default defineConfig({
  test: {
    include: [
      "packages/server/src/**/!(*.db|*.deployment|*.browser).test.ts",
      "packages/server/src/access/agreement.db.test.ts",
      "packages/server/src/jobs/reaper.db.test.ts",
    ],
    exclude: configDefaults.exclude,
    globalSetup: "packages/testkit/src/database/global-setup.ts",
    fsModuleCache: false,
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});

import { defineConfig } from "vitest/config";

// One project a kind of test, so that a kind can be run alone: `npx vitest run --project unit`.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "tools/**/*.test.ts"],
          exclude: ["**/*.db.test.ts", "**/*.deployment.test.ts", "**/*.browser.test.ts", "**/node_modules/**"],
        },
      },
    ],
  },
});

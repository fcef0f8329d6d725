import { expect, test } from "vitest";
import { testEnvironment } from "./environment.ts";

test("tests do not see npm's settings, or those of a Hearth or PostgreSQL in use", () => {
  const env = {
    PATH: "/bin",
    npm_config_registry: "x",
    INIT_CWD: "/",
    HEARTH_URL: "http://production",
    HEARTH_PG_CONNECTION_URL: "postgres://production",
    CODER_SESSION_TOKEN: "secret",
    PGHOST: "production",
    HEARTH_TEST_INSTALL: "1",
    CI: "true",
  };

  expect(testEnvironment(env, true)).toEqual({ PATH: "/bin", HEARTH_TEST_INSTALL: "1", CI: "true" });
});

test("without a terminal nothing is coloured", () => {
  expect(testEnvironment({ PATH: "/bin" }, false)).toEqual({ PATH: "/bin", NO_COLOR: "1" });
});

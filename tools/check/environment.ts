/**
 * The environment for checks and tests: without npm's settings, without colour where nobody looks, and without the
 * settings of a Hearth that the person at the keyboard uses. `HEARTH_TEST_*` is for the tests and stays.
 */
export function testEnvironment(env: NodeJS.ProcessEnv, isTerminal: boolean): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => {
    if (name.startsWith("HEARTH_TEST_")) return true;
    return !/^(npm_|HEARTH_|CODER_|PG[A-Z])/i.test(name) && name !== "INIT_CWD";
  });
  return { ...Object.fromEntries(kept), ...(isTerminal ? {} : { NO_COLOR: "1" }) };
}

// What `npm test` runs once the packages are installed: every check and every test. The last line is the count.
import { testEnvironment } from "./check/environment.ts";
import { commandsFor, findMissing, installPrograms } from "./check/programs.ts";
import { runChecks } from "./check/run-checks.ts";
import { Tally } from "./check/tally.ts";
import { runTests } from "./check/test-run.ts";
import { ensureBuilt } from "./launch/build.mjs";
import { root } from "./launch/paths.mjs";

const tally = new Tally();
const env = testEnvironment(process.env, process.stdout.isTTY);

/** Whether programs may be installed, after which nothing may be skipped. */
const isWhole = process.geteuid?.() === 0 && (env["CI"] === "true" || env["HEARTH_TEST_INSTALL"] === "1");

env["HEARTH_TEST_MISSING"] = (await findMissingPrograms()).join(",");
await runChecks(tally, { cwd: root, env });
if (await build()) {
  const skipped = await runTests(tally, process.argv.slice(2), { cwd: root, env });
  if (skipped.length > 0) {
    console.log(`\n${skipped.length} tests were skipped:\n${skipped.map((name) => `  ${name}`).join("\n")}`);
    if (isWhole) tally.add({ passed: 0, failed: skipped.length });
  }
}
console.log(String(tally));
process.exitCode = tally.isGood ? 0 : 1;

/** The names of the programs that tests must do without. */
async function findMissingPrograms(): Promise<string[]> {
  const missing = findMissing(env["PATH"] ?? "");
  if (missing.length === 0) return [];
  if (isWhole) {
    console.log(`  installing ${missing.map(({ name }) => name).join(", ")}`);
    const problem = await installPrograms(missing);
    const still = findMissing(env["PATH"] ?? "");
    if (problem === undefined && still.length === 0) return [];
    tally.one(false);
    console.log(`\n✗ programs\n${problem ?? `${still.map(({ name }) => name).join(", ")} were not installed.`}\n`);
    return still.map(({ name }) => name);
  }
  const names = missing.map(({ name }) => name);
  const commands = commandsFor(missing).map((command) => command.join(" "));
  console.log(
    `  tests that need ${names.join(", ")} are skipped; to run them: ${commands.join(" && ")}` +
      " (or run this as root with HEARTH_TEST_INSTALL=1)",
  );
  return names;
}

/** Builds what whole-system tests run: the dashboard and the agent. */
async function build(): Promise<boolean> {
  try {
    await ensureBuilt();
    tally.one(true);
    return true;
  } catch (error) {
    tally.one(false);
    console.log(`\n✗ build\n${error instanceof Error ? error.message : String(error)}\n`);
    return false;
  }
}

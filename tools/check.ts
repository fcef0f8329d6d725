// `npm run check`: types, lint, format, dead code and the unit tests; shows only what failed.
import { testEnvironment } from "./check/environment.ts";
import { runChecks } from "./check/run-checks.ts";
import { Tally } from "./check/tally.ts";
import { runTests } from "./check/test-run.ts";
import { root } from "./launch/paths.mjs";

const options = { cwd: root, env: testEnvironment(process.env, process.stdout.isTTY) };
const tally = new Tally();
await runChecks(tally, options);
await runTests(tally, ["--project=unit", "--project=unit-alone"], options);
console.log(String(tally));
process.exitCode = tally.isGood ? 0 : 1;

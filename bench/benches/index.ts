import type { Bench } from "../bench.ts";
import { api } from "./api.ts";
import { burst } from "./burst.ts";
import { claim } from "./claim.ts";
import { cli } from "./cli.ts";
import { cold } from "./cold.ts";
import { exec } from "./exec.ts";
import { idle } from "./idle.ts";
import { memory } from "./memory.ts";
import { run } from "./run.ts";
import { statements } from "./statements.ts";
import { sustained } from "./sustained.ts";

/** Every bench by its name, in the order in which they run. */
export const benches: Readonly<Record<string, Bench>> = {
  claim,
  exec,
  run,
  cold,
  cli,
  api,
  statements,
  sustained,
  burst,
  memory,
  idle,
};

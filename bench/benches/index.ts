import type { Bench } from "../bench.ts";
import { api } from "./api.ts";
import { claim } from "./claim.ts";
import { cli } from "./cli.ts";
import { cold } from "./cold.ts";
import { exec } from "./exec.ts";
import { run } from "./run.ts";
import { statements } from "./statements.ts";

/** Every bench by its name, in the order in which they run. */
export const benches: Readonly<Record<string, Bench>> = { claim, exec, run, cold, cli, api, statements };

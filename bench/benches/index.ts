import type { Bench } from "../bench.ts";
import { claim } from "./claim.ts";
import { cold } from "./cold.ts";
import { exec } from "./exec.ts";

/** Every bench by its name, in the order in which they run. */
export const benches: Readonly<Record<string, Bench>> = { claim, exec, cold };

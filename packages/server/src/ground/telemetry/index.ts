// telemetry: where the server tells what it does.
export { createLog } from "./log.ts";
export { armFailpointsFromEnv } from "./failpoints.ts";

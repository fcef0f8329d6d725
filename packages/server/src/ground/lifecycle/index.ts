// lifecycle: what a server is put together of, how it starts and how it stops. Owns the shape of a capability.
export { type Capability, type Loop, type SealOld, type Serving } from "./capability.ts";
export { collect, type Collected } from "./collect.ts";
export { closing, StopPhases, type StopPhase } from "./stop-phases.ts";

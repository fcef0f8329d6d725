// outbox: effects that must follow a commit. Owns the rows that say so. Promises: an effect is written with what causes it,
// or not at all; delivered at least once, those of a key in order; what cannot be delivered is kept with its reason.
// A hint that was lost costs a minute; a replica that was lost, its lease.
export { addEffect, handleEffect, type Deliver, type Effect, type EffectHandler, type EffectKind } from "./effect.ts";
export { dropSetAside, listSetAside, requeueSetAside, type SetAsideRow } from "./set-aside.ts";
export { runOutbox } from "./run-outbox.ts";

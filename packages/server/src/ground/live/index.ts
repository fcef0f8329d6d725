// live: what stays open, and the one way to be so. Promises: whoever sits at a topic sees its latest state, every line of it
// once and in order, or every hint, with no query for a seat, a hint that was lost included; who reads slowly costs no
// memory; whoever may see a thing no more is told so and sees nothing more of it, within the time of a hint, or a minute
// without one. Listens to user_access and object_access.
export { followLines, type LogLines, type LogPlace } from "./follow-lines.ts";
export { followHints, type HintPlace, type Hints } from "./follow-hints.ts";
export { hearChannels } from "./hear-channels.ts";
export { HeardSince } from "./heard-since.ts";
export { HeldGrants, type AccessFacts, type HeldGrant, type Holder, type WantedFacts } from "./held-grants.ts";
export { OneWaySocket } from "./one-way-socket.ts";
export { slowMs } from "./slow-reader.ts";
export { newestValues } from "./newest-values.ts";
export { Topics, type Seat } from "./topics.ts";

// The state machine of chats, pure: states, the closed table of transitions, and what each changes.
export * from "./after.ts";
export * from "./changes.ts";
export * from "./states.ts";
export * from "./transitions.ts";
export * from "./decide/archive.ts";
export * from "./decide/interrupt.ts";
export * from "./decide/promote.ts";
export * from "./decide/queue.ts";
export * from "./decide/send.ts";
export * from "./decide/work.ts";

import type { Logger } from "@hearth/base";
import { systemActor, type Actor, type SystemActor } from "./actor.ts";
import type { SystemActorName } from "./system-actors.ts";

/** What belongs to one piece of work: who asks, where it is told, and how it is given up. Travels first in every call. */
export interface Context {
  readonly actor: Actor;
  readonly log: Logger;
  /** Aborts when the work is given up, and when it is over: nothing may wait on it for longer. */
  readonly signal: AbortSignal;
}

export function createContext(actor: Actor, log: Logger, signal: AbortSignal): Context {
  return { actor, log, signal };
}

/** For work that no request asked for: a part of the server asks, which may do what `systemPermissions` names. */
export function systemContext(part: SystemActorName | SystemActor, log: Logger, signal: AbortSignal): Context {
  return createContext(typeof part === "string" ? systemActor(part) : part, log, signal);
}

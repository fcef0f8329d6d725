import type { Logger } from "@hearth/base";

/** Who acts, as far as what is written down of it goes. `access/` says what else an actor is, and what each may do. */
export type ActingAs =
  | { readonly kind: "user"; readonly userId: string; readonly username: string }
  | { readonly kind: "agent"; readonly agentId: string }
  | { readonly kind: "system"; readonly name: string }
  | { readonly kind: "anonymous" };

/** Whose work a transaction belongs to, where it is told, and how it is given up: what a `Context` of `access/` is to it. */
export interface Acting {
  readonly actor: ActingAs;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

import type { Actor } from "./actor.ts";
import { actions, typeOf } from "./catalogue.ts";
import { wordsOf } from "./compile.ts";
import { decide, type ResourceObject } from "./reach.ts";
import { reachOf } from "./reach-of.ts";

/**
 * Whether the actor itself may do on a thing all that these words of its access list give: then it may put others under
 * them, as with roles (`outranks`). Pure.
 */
export function hasAllGivenBy(
  actor: Actor,
  type: "template",
  object: ResourceObject,
  words: readonly string[],
): boolean {
  return actions
    .filter((action) => typeOf(action) === type && wordsOf(action).some((word) => words.includes(word)))
    .every((action) => decide(reachOf(actor, action), object));
}

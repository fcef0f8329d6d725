import { z } from "zod";
import { Time, Uuid } from "../scalars.ts";

/** Something that was to follow a change (a record of it to be told), and could not be delivered. Its content is not shown. */
export const SetAsideEffect = z.object({
  id: Uuid,
  /** What it is, such as `audit`. */
  kind: z.string(),
  /** What it is about: effects of a kind with the same key are delivered one after the other. */
  key: z.string(),
  created_at: Time,
  set_aside_at: Time,
  /** How often it was tried. */
  attempts: z.int(),
  /** Why the last try failed. */
  last_error: z.string(),
});
/** See the schema of the same name. */
export type SetAsideEffect = z.infer<typeof SetAsideEffect>;

/** Which ones, by their ids. */
export const SetAsideRequest = z.object({ ids: z.array(Uuid).min(1).max(1000) });
/** See the schema of the same name. */
export type SetAsideRequest = z.infer<typeof SetAsideRequest>;

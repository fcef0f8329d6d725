import { z } from "zod";
import { Uuid } from "../scalars.ts";

/**
 * What an event of a stream is: a value to show, a refusal in place of one (a `Response`), or a sign of life every 15
 * s.
 */
export const ServerSentEventType = z.enum(["data", "error", "ping"]);
export type ServerSentEventType = z.infer<typeof ServerSentEventType>;

/**
 * One fault of one field. `detail` completes a sentence that begins with the field's name; several may name the same
 * field.
 */
export const ValidationError = z.object({
  field: z.string(),
  detail: z.string(),
});
export type ValidationError = z.infer<typeof ValidationError>;

/**
 * What every refusal says, and successes that have nothing to show. `message` is one sentence for people; programs go
 * by the status, or by `code`, which refusals carry besides.
 */
export const Response = z.object({
  message: z.string(),
  detail: z.string().optional(),
  validations: z.array(ValidationError).optional(),
});
export type Response = z.infer<typeof Response>;

/** Which part of a list: at most `limit` rows, those after the row `after_id` or after the first `offset`. */
export const Pagination = z.object({
  after_id: Uuid.optional(),
  limit: z.int().optional(),
  offset: z.int().optional(),
});
export type Pagination = z.infer<typeof Pagination>;

/** An event of a stream as a JSON value, the form that it has over a WebSocket. `data` is null for a ping. */
export const ServerSentEvent = z.object({
  type: ServerSentEventType,
  data: z.unknown(),
});
export type ServerSentEvent = z.infer<typeof ServerSentEvent>;

/**
 * Somebody as others may see them, without address, state or roles. `name` is the full name, left out when there is
 * none.
 */
export const MinimalUser = z.object({
  id: Uuid,
  username: z.string(),
  name: z.string().optional(),
  avatar_url: z.string().optional(),
});
export type MinimalUser = z.infer<typeof MinimalUser>;

/** As much of an organization as a list shows: `icon` is a path or address of an image, empty for none. */
export const MinimalOrganization = z.object({
  id: Uuid,
  name: z.string(),
  display_name: z.string(),
  icon: z.string(),
});
export type MinimalOrganization = z.infer<typeof MinimalOrganization>;

/** A role that somebody has, without what it permits. Of the whole site where `organization_id` is left out. */
export const SlimRole = z.object({
  name: z.string(),
  display_name: z.string(),
  organization_id: Uuid.optional(),
});
export type SlimRole = z.infer<typeof SlimRole>;

/** A text that may be missing or not yet known: `value` counts only where `valid` is true. */
export const NullHCLString = z.object({
  value: z.string(),
  valid: z.boolean(),
});
export type NullHCLString = z.infer<typeof NullHCLString>;

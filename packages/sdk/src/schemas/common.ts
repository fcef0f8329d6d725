import { z } from "zod";
import { Uuid } from "../scalars.ts";

export const ServerSentEventType = z.enum(["data", "error", "ping"]);
export type ServerSentEventType = z.infer<typeof ServerSentEventType>;

export const ValidationError = z.object({
  field: z.string(),
  detail: z.string(),
});
export type ValidationError = z.infer<typeof ValidationError>;

export const Response = z.object({
  message: z.string(),
  detail: z.string().optional(),
  validations: z.array(ValidationError).optional(),
});
export type Response = z.infer<typeof Response>;

export const Pagination = z.object({
  after_id: Uuid.optional(),
  limit: z.int().optional(),
  offset: z.int().optional(),
});
export type Pagination = z.infer<typeof Pagination>;

export const ServerSentEvent = z.object({
  type: ServerSentEventType,
  data: z.unknown(),
});
export type ServerSentEvent = z.infer<typeof ServerSentEvent>;

export const MinimalUser = z.object({
  id: Uuid,
  username: z.string(),
  name: z.string().optional(),
  avatar_url: z.string().optional(),
});
export type MinimalUser = z.infer<typeof MinimalUser>;

export const MinimalOrganization = z.object({
  id: Uuid,
  name: z.string(),
  display_name: z.string(),
  icon: z.string(),
});
export type MinimalOrganization = z.infer<typeof MinimalOrganization>;

export const SlimRole = z.object({
  name: z.string(),
  display_name: z.string(),
  organization_id: Uuid.optional(),
});
export type SlimRole = z.infer<typeof SlimRole>;

export const NullHCLString = z.object({
  value: z.string(),
  valid: z.boolean(),
});
export type NullHCLString = z.infer<typeof NullHCLString>;

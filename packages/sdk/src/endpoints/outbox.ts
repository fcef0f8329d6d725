import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { SetAsideEffect, SetAsideRequest } from "../schemas/outbox.ts";

// Hearth's own routes about what was to follow a change and could not be delivered.

/** The thousand that were set aside last, the newest first. After thirty days they are forgotten. */
export const listSetAside = endpoint({
  method: "GET",
  path: "/api/v2/outbox/set-aside",
  operation: "list_set_aside",
  summary: "What could not be delivered after 20 tries, and why",
  responses: { 200: z.array(SetAsideEffect) },
});

/** Answers with those that were put back; what is not set aside (any more) is left out. Each is tried at once, and anew 20 times. */
export const requeueSetAside = endpoint({
  method: "POST",
  path: "/api/v2/outbox/requeue",
  operation: "requeue_set_aside",
  summary: "Have what was set aside delivered again",
  body: SetAsideRequest,
  responses: { 200: z.array(SetAsideEffect) },
});

/** Answers with those that were dropped; what is not set aside (any more) is left out. */
export const dropSetAside = endpoint({
  method: "POST",
  path: "/api/v2/outbox/drop",
  operation: "drop_set_aside",
  summary: "Forget what was set aside",
  body: SetAsideRequest,
  responses: { 200: z.array(SetAsideEffect) },
});

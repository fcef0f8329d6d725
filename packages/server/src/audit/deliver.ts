import type { Logger } from "@hearth/base";
import {
  authorize,
  systemActor,
  systemContext,
  type Context,
  type Granted,
  type SystemActor,
} from "../access/index.ts";
import { handleEffect, type EffectHandler } from "../ground/outbox/index.ts";
import { auditEffect } from "./record.ts";

export interface AuditSink {
  /** Where records are posted to; undefined: they go to the log alone. */
  readonly webhookUrl: string | undefined;
  /** Sent as a bearer token, where the receiver wants one. */
  readonly webhookToken: string | undefined;
}

/**
 * Carries records to the log and then to the webhook: one POST each, whose `Hearth-Delivery` is the same however
 * often it comes. Whatever does not answer 2xx hears of it again.
 */
export function auditHandler(sink: AuditSink, log: Logger, part: SystemActor = systemActor("outbox")): EffectHandler {
  return handleEffect(auditEffect, async ({ id, payload, createdAtMs, isFirst }, signal) => {
    const ctx = systemContext(part, log, signal);
    const record = { id, at: new Date(createdAtMs).toISOString(), ...payload };
    await tell(ctx, authorize(ctx, "audit_log:create", { id }), sink, { record, isFirst });
  });
}

async function tell(
  { log, signal }: Context,
  _granted: Granted<"audit_log:create">,
  sink: AuditSink,
  { record, isFirst }: { readonly record: { readonly id: string }; readonly isFirst: boolean },
): Promise<void> {
  // First of all, and once: a webhook that never answers must not keep it out of the log.
  if (isFirst) log.info({ audit: record }, "audit");
  if (sink.webhookUrl !== undefined) await post(sink.webhookUrl, sink.webhookToken, record, signal);
}

async function post(
  url: string,
  token: string | undefined,
  record: { readonly id: string },
  signal: AbortSignal,
): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    redirect: "error",
    headers: {
      "content-type": "application/json",
      "hearth-delivery": record.id,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(record),
    signal,
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`The webhook answered ${response.status}.`);
}

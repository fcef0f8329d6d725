import type { Logger } from "@hearth/base";
import type { Capability } from "../ground/lifecycle/index.ts";
import { auditHandler, type AuditSink } from "./deliver.ts";

/** The record of who changed what somebody may do, and where it is told. */
export function createAudit(deps: { readonly sink: AuditSink; readonly log: Logger }): Capability {
  return { name: "audit", effects: [auditHandler(deps.sink, deps.log)] };
}

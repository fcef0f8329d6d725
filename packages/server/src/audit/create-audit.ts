import type { Logger } from "@hearth/base";
import type { Capability } from "../ground/lifecycle/index.ts";
import { auditHandler, type AuditSink } from "./deliver.ts";
import { outboxRoutes } from "./routes.ts";
import type { SetAsideDeps } from "./set-aside.ts";

/** The record of who changed what somebody may do, and where it is told; and what of it could not be told. */
export function createAudit(deps: SetAsideDeps & { readonly sink: AuditSink; readonly log: Logger }): Capability {
  return { name: "audit", effects: [auditHandler(deps.sink, deps.log)], routes: outboxRoutes(deps) };
}

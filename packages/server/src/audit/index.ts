// audit: who changed what somebody may do, or what opens the API and workspaces to them. Owns the words of the record. Promises: a change that was committed is recorded,
// at least once and in its order; one that was not is not.
export { createAudit } from "./create-audit.ts";
export { recordChange, recordCredentialChange } from "./record.ts";

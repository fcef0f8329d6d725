/**
 * Every refusal has a row here: the HTTP status, whether the same request may succeed later, and a line for the manual.
 * CLI, dashboard and scripts branch on the code, never on a sentence; `docs/errors.md` documents each.
 */
export const errorCodes = {
  bad_json: {
    status: 400,
    retry: false,
    manual: "The body is not JSON, or a value in it has another type than the field.",
  },
  validation_failed: {
    status: 400,
    retry: false,
    manual: "One or more fields break a rule; `validations` names each.",
  },
  bad_query: { status: 400, retry: false, manual: "A query parameter cannot be read; `validations` names it." },
  malformed_id: { status: 400, retry: false, manual: "An id in the path is no UUID." },
  precondition_failed: {
    status: 400,
    retry: false,
    manual: "The operation does not fit the state of the thing; the message says why.",
  },
  invalid_archive: {
    status: 400,
    retry: false,
    manual: "The archive cannot be taken or converted: its type, a path in it, or a link.",
  },
  bad_origin: {
    status: 403,
    retry: false,
    manual: "A WebSocket or an event stream was opened by a page of another address with its visitor's cookie.",
  },
  not_authenticated: {
    status: 401,
    retry: false,
    manual: "No session, or one that is unknown, expired or of a user who is not active: log in again.",
  },
  agent_not_authorized: {
    status: 401,
    retry: true,
    manual: "An agent's token is missing, malformed, unknown, or not of the workspace's latest build.",
  },
  wrong_credentials: {
    status: 401,
    retry: false,
    manual: "E-mail address or password is wrong, or the account may not log in with a password.",
  },
  forbidden: { status: 403, retry: false, manual: "The caller sees the thing and may not do this to it." },
  sandbox_required: {
    status: 403,
    retry: false,
    manual:
      "The workspace would run without a sandbox on the host that builds, and may not: whose words run there, or whose it is, is no owner of the deployment.",
  },
  not_found: { status: 404, retry: false, manual: "There is no such thing, or the caller may not know of it." },
  route_not_found: { status: 404, retry: false, manual: "No such route." },
  method_not_allowed: { status: 405, retry: false, manual: "The route exists with another method." },
  not_acceptable: { status: 406, retry: true, manual: "The template version's import has not finished." },
  workspace_name_taken: { status: 409, retry: false, manual: "The owner has a workspace of that name already." },
  name_taken: { status: 409, retry: false, manual: "The name is in use." },
  insufficient_quota: {
    status: 409,
    retry: true,
    manual: "The owner's groups do not allow what the workspace costs a day: stop or delete another one first.",
  },
  build_active: {
    status: 409,
    retry: true,
    manual: "Another build of the workspace is pending, running or being canceled.",
  },
  conflict: {
    status: 409,
    retry: true,
    manual: "Somebody changed the same thing at the same time, or its state forbids the operation.",
  },
  gone: { status: 410, retry: false, manual: "The workspace is deleted." },
  expectation_lost: {
    status: 412,
    retry: false,
    manual: "The job is no longer in the state that the request expects.",
  },
  too_large: {
    status: 413,
    retry: false,
    manual: "The body, or what an archive in it unpacks to, is over the limit that the message or `detail` names.",
  },
  still_in_use: { status: 417, retry: false, manual: "The user still owns workspaces." },
  unsupported_media_type: { status: 400, retry: false, manual: "The content type is not one that the route takes." },
  upgrade_required: { status: 426, retry: false, manual: "The route speaks WebSocket only." },
  rate_limited: { status: 429, retry: true, manual: "Too many requests: wait as long as `Retry-After` says." },
  unavailable: {
    status: 503,
    retry: true,
    manual: "The server is starting or stopping, or cannot reach its database.",
  },
  insufficient_storage: {
    status: 507,
    retry: true,
    manual:
      "The server's disk has too little room for a build or an upload; the message says how much is free and needed.",
  },
  agent_unreachable: { status: 400, retry: true, manual: "The workspace's agent is not connected." },
  exec_unsupported: {
    status: 409,
    retry: false,
    manual: "The workspace's agent runs no commands by itself: it is another make, or an older one. Use SSH.",
  },
  dial_refused: { status: 502, retry: true, manual: "The agent refused the port." },
  seal_broken: {
    status: 500,
    retry: false,
    manual:
      "What is asked for is sealed, and does not open with the deployment's key: restore what the message names from a backup.",
  },
  internal: { status: 500, retry: true, manual: "A fault of the server; quote the id." },
} as const satisfies Record<string, { status: number; retry: boolean; manual: string }>;

/** What programs tell refusals apart by: it never changes its meaning, and sentences may. */
export type ErrorCode = keyof typeof errorCodes;

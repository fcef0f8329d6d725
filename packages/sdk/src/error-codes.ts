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
  // What the agent in a workspace says of processes and files; the server passes it on as it is.
  bad_request: {
    status: 400,
    retry: false,
    manual: "A field of what the agent was asked cannot be taken; the message says which and why.",
  },
  escapes: {
    status: 400,
    retry: false,
    manual: "A name in a tar would come to lie outside of the directory that it is unpacked in.",
  },
  broken_archive: { status: 400, retry: false, manual: "What was to be unpacked in a workspace is no sound tar file." },
  unsupported_entry: {
    status: 400,
    retry: false,
    manual: "A tar brings something else than files, directories and links.",
  },
  command_not_found: { status: 400, retry: false, manual: "The workspace has no such program." },
  not_executable: { status: 400, retry: false, manual: "The workspace's user may not execute that file." },
  bad_directory: { status: 400, retry: false, manual: "The directory that a command is to run in cannot be entered." },
  transfer_blocked: {
    status: 403,
    retry: false,
    manual: "An administrator does not want files transferred from and to this workspace.",
  },
  no_such_process: {
    status: 404,
    retry: false,
    manual: "There is no such process, or it ended more than five minutes ago.",
  },
  exists: { status: 409, retry: false, manual: "There is something at the path already." },
  not_empty: { status: 409, retry: false, manual: "The directory is not empty: say `recursive`." },
  is_a_directory: { status: 409, retry: false, manual: "A file was asked for, and there is a directory." },
  not_a_directory: { status: 409, retry: false, manual: "The path is, or lies below, what is no directory." },
  not_a_file: {
    status: 409,
    retry: false,
    manual: "What is at the path is neither file nor directory, or a link that leads to nothing.",
  },
  not_text: { status: 409, retry: false, manual: "The file that is to be edited is no UTF-8 text." },
  no_match: {
    status: 409,
    retry: false,
    manual: "The file does not have the text that an edit is to replace; nothing was changed.",
  },
  ambiguous: {
    status: 409,
    retry: false,
    manual: "The file has that text more than once; nothing was changed. Say more of it, or `all`.",
  },
  not_running: { status: 409, retry: false, manual: "The process has ended." },
  busy: { status: 409, retry: true, manual: "The file is in use, or the agent has too many open." },
  too_many_directories: {
    status: 413,
    retry: false,
    manual: "More directories than can be watched: watch a part of them.",
  },
  bad_range: { status: 416, retry: false, manual: "The file has none of the bytes that were asked for." },
  too_many: {
    status: 429,
    retry: true,
    manual: "As many processes run in the workspace, or on the connection, as may: end one first.",
  },
  failed: { status: 500, retry: true, manual: "The agent could not do it; the message, or its log, says why." },
  not_ready: { status: 503, retry: true, manual: "The workspace's start was not over in time." },
  timeout: { status: 503, retry: true, manual: "The agent did not have the answer within 20 seconds." },
  no_space: { status: 507, retry: true, manual: "The workspace has no room left, or its quota is used up." },
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

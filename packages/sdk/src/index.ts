// The words of the API: schemas and types of every request, response and event, error codes, every route as a value
// (`endpoints`), and the client that speaks them. Runs in Node and in browsers.
export * from "./schemas/index.ts";
export * as endpoints from "./endpoints/index.ts";
export { Time, Uuid, zeroTime, zeroUuid } from "./scalars.ts";
export { ApiError, type ApiErrorOptions } from "./api-error.ts";
export { errorCodes, type ErrorCode } from "./error-codes.ts";
export {
  endpoint,
  experimentalOf,
  type Answer,
  type AnswerBody,
  type Body,
  type EndpointShape,
  type Method,
  type PathParams,
  type Query,
  type QueryInput,
  type ResponseBody,
} from "./endpoint.ts";
export { isGiven, rule } from "./rules.ts";
export { QueryBool, QueryFlag, QueryInt, QueryUuid } from "./query.ts";
export {
  createClient,
  toApiError,
  type CallInput,
  type Client,
  type ClientOptions,
  type HttpAnswer,
  type HttpInit,
} from "./client.ts";
export { openCommands, type OpenCommandsOptions } from "./open-commands.ts";
export {
  allowedActions,
  workspaceActions,
  type ActionAnswer,
  type AllowedActions,
  type WorkspaceAction,
} from "./workspace-actions.ts";
export { parseNumber, parseTextList, typeRule } from "./parameter-type.ts";
export * from "./constants.ts";

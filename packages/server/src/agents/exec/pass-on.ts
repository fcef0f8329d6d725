import type { IncomingHttpHeaders } from "node:http";
import type { EndpointShape } from "@hearth/sdk";
import { parseUuid, route, type Route } from "../../ground/http/index.ts";
import type { ReachDeps } from "../dial/reach-agent.ts";
import type { AgentQuestion } from "./agent-api.ts";
import { agentApiOf } from "./agent-api-of.ts";

const above = "/api/v2/workspaceagents/{workspaceagent}";

/** What the agent answers itself: at the same path below its own `/api/v1`. */
type AgentEndpoint = EndpointShape & { readonly path: `${typeof above}/${string}` };

interface PassOnOptions {
  /** Of a body of bytes, which go through as they come: what they are, and how many one request may send. */
  readonly bytes?: { readonly type: string; readonly most: number };
  /** Refuses what the schema of the body lets through. @throws ApiError `validation_failed` */
  readonly check?: (body: never) => void;
  /** The answer may wait for what it is about. */
  readonly isPatient?: true;
  /** Its bytes may come much later than its head. */
  readonly isHeadFirst?: true;
  /** The body's texts are what programs print. */
  readonly anyText?: true;
}

/**
 * The route of an endpoint that the agent answers, for whoever may log in there: it is asked with the same method, query and
 * body, and its answer passed on as it comes, once it is known to be what the endpoint says.
 */
export function passOn(deps: ReachDeps, endpoint: AgentEndpoint, options: PassOnOptions = {}): Route {
  const api = agentApiOf(deps);
  const { bytes, check, isPatient = false, isHeadFirst, anyText } = options;
  const [status, answer] = onlyAnswerOf(endpoint);
  return route(endpoint)({
    access: "workspace:ssh",
    load: api.load,
    ...(bytes && { maxBodyBytes: bytes.most, bodyTypes: [bytes.type] }),
    ...(anyText && { anyText }),
    async handle({ ctx, params, query, body, loaded, hold, request }) {
      check?.(body as never); // of this endpoint, as whoever gave both has seen to
      const { granted } = loaded;
      if (bytes !== undefined || answer === "raw") await hold(granted);
      const question = {
        method: endpoint.method,
        path: below(endpoint, params),
        query,
        headers: headersFor(request.headers, bytes?.type),
        ...(endpoint.body !== undefined && { body: bodyFor(body, bytes !== undefined) }),
        isPatient,
      };
      if (answer === null) {
        await api.askNothing(ctx, loaded, question);
        return { status, granted, body: undefined };
      }
      if (answer !== "raw") return { status, granted, body: await api.askJson(ctx, loaded, answer, question) };
      const got = await api.askBytes(ctx, loaded, question);
      return {
        ...got,
        status: got.status in endpoint.responses ? got.status : status,
        granted,
        ...(isHeadFirst && { isHeadFirst }),
      };
    },
  });
}

/** The answer of a success; of bytes in part (206) the whole. */
function onlyAnswerOf({ operation, responses }: AgentEndpoint) {
  const [[status, answer] = []] = Object.entries(responses);
  if (answer === undefined || answer === "events") throw new Error(`${operation} cannot be passed on`);
  return [Number(status), answer] as const;
}

/** @throws ApiError `malformed_id` */
function below({ path }: AgentEndpoint, params: Readonly<Record<string, string>>): string {
  return path.slice(above.length).replace("{process}", () => parseUuid(params["process"] ?? ""));
}

function bodyFor(body: unknown, isBytes: boolean): NonNullable<AgentQuestion["body"]> {
  return isBytes ? { bytes: body as AsyncIterable<Uint8Array> } : { json: body }; // raw bodies come as such
}

/** What the agent must know of the bytes that come, or which of them are wanted. */
function headersFor(headers: IncomingHttpHeaders, type: string | undefined): Record<string, string> {
  const { range, "content-length": length } = headers;
  if (type === undefined) return range === undefined ? {} : { range };
  return { "content-type": type, ...(length !== undefined && { "content-length": length }) };
}

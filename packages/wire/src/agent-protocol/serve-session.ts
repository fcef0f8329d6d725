import { fromBinary } from "@bufbuild/protobuf";
import type { DescMessage, DescService, Message, MessageInitShape } from "@bufbuild/protobuf";
import { silentLogger } from "@hearth/base";
import type { Clock, Logger } from "@hearth/base";
import { DrpcError } from "../drpc/errors.ts";
import type { DrpcContext, DrpcHandler, DrpcHandlers } from "../drpc/handlers.ts";
import { serveDrpc } from "../drpc/server.ts";
import { Agent } from "../gen/agent_pb.ts";
import { Tailnet } from "../gen/tailnet_pb.ts";
import type { YamuxSession } from "../yamux/session.ts";
import { decodeEach, encode } from "./create-client.ts";
import { methodPath } from "./method-path.ts";
import type { ServiceHandlers, ServiceMethods } from "./service-types.ts";

/** What answers an agent's calls. */
export type AgentService = ServiceHandlers<typeof Agent.method>;
/** What answers the coordination calls of an agent or a client. */
export type TailnetService = ServiceHandlers<typeof Tailnet.method>;

export interface SessionServices {
  agent?: Partial<AgentService>;
  tailnet?: Partial<TailnetService>;
}

/**
 * Answers the calls of a session's peer until the session ends; resolves then, once every handler has returned.
 *
 * A method without a handler is answered with `unimplemented`. An unmodified agent ends its session when
 * `streamDERPMaps` or `coordinate` ends, so serve both and keep them open.
 */
export async function serveSession(
  session: YamuxSession,
  services: SessionServices,
  { clock, log = silentLogger }: { clock: Clock; log?: Logger | undefined },
): Promise<void> {
  const handlers = new Map([...toHandlers(Agent, services.agent), ...toHandlers(Tailnet, services.tailnet)]);
  const calls = new Set<Promise<void>>();
  for await (const stream of session.incoming()) {
    const call = serveDrpc(stream, handlers, { clock, log });
    calls.add(call);
    void call.then(() => calls.delete(call));
  }
  await Promise.all(calls);
}

type AnyMessage = MessageInitShape<DescMessage>;
type UnaryHandler = (request: Message, context: DrpcContext) => Promise<AnyMessage>;
type StreamHandler = (requests: unknown, context: DrpcContext) => AsyncIterable<AnyMessage>;

function toHandlers<M extends ServiceMethods>(
  service: DescService & { method: M },
  handlers: Partial<ServiceHandlers<M>> = {},
): DrpcHandlers {
  const table = new Map<string, DrpcHandler>();
  for (const [name, { input, output, methodKind }] of Object.entries(service.method)) {
    const handler: unknown = handlers[name]?.bind(handlers);
    if (!handler) continue;
    // The type of the service's handlers ties each name to its kind and messages.
    const isUnary = methodKind === "unary";
    const made = isUnary
      ? unary(handler as UnaryHandler, input, output)
      : streaming(handler as StreamHandler, methodKind, input, output);
    table.set(methodPath(service, name), made);
  }
  return table;
}

function unary(handler: UnaryHandler, input: DescMessage, output: DescMessage): DrpcHandler {
  return {
    kind: "unary",
    handle: async (request, context) => encode(output, await handler(decode(input, request), context)),
  };
}

function streaming(handler: StreamHandler, methodKind: string, input: DescMessage, output: DescMessage): DrpcHandler {
  return {
    kind: "stream",
    async handle(call, context) {
      const requests = decodeEach(call.messages, input);
      const request = methodKind === "server_streaming" ? await first(requests) : requests;
      for await (const answer of handler(request, context)) await call.send(encode(output, answer));
    },
  };
}

/** The only request of a server-streaming call; the iteration is left open, as leaving it would be the end of reading. */
async function first(requests: AsyncGenerator<Message, void, undefined>): Promise<Message> {
  const { value, done } = await requests.next();
  if (done) throw new DrpcError("The call came without a request.");
  return value;
}

function decode(schema: DescMessage, bytes: Uint8Array): Message {
  try {
    return fromBinary(schema, bytes);
  } catch (error) {
    throw new DrpcError(`The request is not a ${schema.typeName}.`, { cause: error });
  }
}

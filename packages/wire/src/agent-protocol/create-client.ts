import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { DescMessage, DescService, MessageInitShape } from "@bufbuild/protobuf";
import type { CallOptions, DrpcClient } from "../drpc/client.ts";
import { methodPath } from "./method-path.ts";
import type { ServiceClient, ServiceMethods } from "./service-types.ts";

/** A service's methods as functions over a dRPC client. */
export function createServiceClient<M extends ServiceMethods>(
  service: DescService & { method: M },
  drpc: DrpcClient,
): ServiceClient<M> {
  const methods = Object.entries(service.method).map(([name, { input, output, methodKind }]) => {
    const path = methodPath(service, name);
    const call = { unary, server_streaming: serverStream, client_streaming: stream, bidi_streaming: stream }[
      methodKind
    ];
    return [name, call(drpc, path, input, output)] as const;
  });
  // Each entry was made by its method's own kind and messages, which is what the type says of it.
  return Object.fromEntries(methods) as unknown as ServiceClient<M>;
}

function unary(drpc: DrpcClient, path: string, input: DescMessage, output: DescMessage) {
  return async (request: MessageInitShape<DescMessage>, options?: CallOptions) =>
    fromBinary(output, await drpc.unary(path, encode(input, request), options));
}

function serverStream(drpc: DrpcClient, path: string, input: DescMessage, output: DescMessage) {
  const open = stream(drpc, path, input, output);
  return (request: MessageInitShape<DescMessage>, options?: Pick<CallOptions, "signal">) => {
    const call = open(options);
    // Sent with the opening, so nothing is waited for; a failure shows in the messages.
    call.send(request).catch(() => undefined);
    call.closeSend();
    return { messages: call.messages, close: call.close };
  };
}

function stream(drpc: DrpcClient, path: string, input: DescMessage, output: DescMessage) {
  return (options?: Pick<CallOptions, "signal">) => {
    const call = drpc.stream(path, options);
    return {
      messages: decodeEach(call.messages, output),
      send: async (request: MessageInitShape<DescMessage>) => await call.send(encode(input, request)),
      closeSend: () => call.closeSend(),
      close: () => call.close(),
    };
  };
}

export function encode(schema: DescMessage, message: MessageInitShape<DescMessage>): Uint8Array {
  return toBinary(schema, create(schema, message));
}

export async function* decodeEach(messages: AsyncIterable<Uint8Array>, schema: DescMessage) {
  for await (const message of messages) yield fromBinary(schema, message);
}

import type { Duplex } from "node:stream";
import { type Clock, withTimeout } from "@hearth/base";
import { agentPorts, type DialHandler, dialLoopback, DialRefused, type DialRequest } from "@hearth/wire";

/** What takes a connection to one of the agent's own ports. */
export interface ConnectionTaker {
  accept(connection: Duplex): void;
}

export interface DialServices {
  /** Each of the agent's own services, once it can serve; the signal says that nobody waits any more. */
  readonly ssh: (signal: AbortSignal) => Promise<ConnectionTaker>;
  readonly terminals: (signal: AbortSignal) => Promise<ConnectionTaker>;
  readonly http: ConnectionTaker;
  /** Manifests that the server tells without being asked. */
  readonly pushes: ConnectionTaker;
  /** Told of every connection that was made. */
  readonly onConnection: (port: number, connection: Duplex) => void;
  readonly clock: Clock;
}

/** Ports 1 to 8 are the agent's: it serves some of them, and what listens there otherwise is not reached. */
const lastReservedPort = 8;
const fallbackDeadlineMs = 30_000;

/** Connects what the server dials. @see agents §17.1, agent wire, streams the server opens */
export function createDialHandler(services: DialServices): DialHandler {
  return async (request) => {
    // The server's own words, and no use of the workspace.
    if (request.port === agentPorts.push) return (connection) => services.pushes.accept(connection);
    const take = await connect(request, services);
    return (connection) => {
      services.onConnection(request.port, connection);
      take(connection);
    };
  };
}

async function connect(request: DialRequest, services: DialServices): Promise<(connection: Duplex) => void> {
  switch (request.port) {
    case 1:
    case 22:
      return await whenReady(services.ssh, request, services.clock);
    case 2:
      return await whenReady(services.terminals, request, services.clock);
    case 4:
      return (connection) => services.http.accept(connection);
    default:
      if (request.port <= lastReservedPort) {
        throw new DialRefused("refused", `Port ${request.port} is reserved for the agent, which serves nothing on it.`);
      }
      return await dialEitherLoopback(request);
  }
}

/** The agent can serve once it knows its manifest; who dials earlier waits for that as long as they said. */
async function whenReady(
  service: DialServices["ssh"],
  { deadlineMs = fallbackDeadlineMs, signal }: DialRequest,
  clock: Clock,
): Promise<(connection: Duplex) => void> {
  try {
    const options = { ms: deadlineMs, clock, signal, tag: "dial before the manifest" };
    const taker = await withTimeout((deadline) => service(deadline), options);
    return (connection) => taker.accept(connection);
  } catch (error) {
    if (!signal.aborted && !(error instanceof Error && error.name === "TimeoutError")) throw error;
    throw new DialRefused("not ready", "The agent does not know its workspace yet.", error);
  }
}

/** Programs listen on either loopback; most on that of IPv4. */
async function dialEitherLoopback(request: DialRequest): Promise<(connection: Duplex) => void> {
  try {
    return await dialLoopback(request);
  } catch (error) {
    if (!(error instanceof DialRefused) || error.reason !== "refused") throw error;
    // When nothing listens there either, or there is no IPv6, the first refusal is the answer.
    return await dialLoopback(request, { host: "::1" }).catch(() => Promise.reject(error));
  }
}

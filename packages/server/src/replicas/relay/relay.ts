import { networkInterfaces } from "node:os";
import type { Duplex } from "node:stream";
import { once, onAbort, type Clock, type Logger } from "@hearth/base";
import { SessionEnded } from "@hearth/wire";
import { advertise, formatAddress, parseAddress, type Address } from "./address.ts";
import { RelayRefused, RelayUnreachable } from "./errors.ts";
import { encodeRequest, readAnswer } from "./frames.ts";
import { Incoming, type AnyRelayHandler } from "./incoming.ts";
import { relayKinds, type RelayAnswer, type RelayKind, type RelayKindWith, type RelayRequest } from "./kinds.ts";
import { Outgoing } from "./outgoing.ts";
import { answerMs } from "./timing.ts";

export interface RelayDeps {
  /** This replica. */
  readonly id: string;
  /** Of this deployment, and never shown: who knows it is a replica. */
  readonly secret: Buffer;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A replica as its lease row names it. */
export interface Peer {
  readonly id: string;
  readonly address: string;
}

/**
 * Byte streams between the replicas of a deployment: what one holds, every one serves.
 *
 * - One connection to each replica that is asked for something, opened when it is, closed a minute after its last stream.
 * - Half-closes and backpressure pass through. A replica that is lost ends its streams: at once where its machine says
 *   so, within 10 s where it does not.
 * - It carries what a kind's request says (`kinds.ts`) and nothing of who asked: rights are decided before.
 */
export class Relay implements AsyncDisposable {
  readonly [Symbol.asyncDispose] = once(() => this.#dispose());
  readonly #deps: RelayDeps;
  readonly #handlers = new Map<string, AnyRelayHandler>();
  readonly #outgoing = new Map<string, Promise<Outgoing>>();
  readonly #stop = new AbortController();
  #incoming: Incoming | undefined;
  #address = "";

  constructor(deps: RelayDeps) {
    this.#deps = deps;
  }

  /** Where other replicas reach this one, for its lease row; empty when it does not listen. */
  get address(): string {
    return this.#address;
  }

  /** How many connections of other replicas are open. */
  get callers(): number {
    return this.#incoming?.size ?? 0;
  }

  get id(): string {
    return this.#deps.id;
  }

  /** Takes the calls of other replicas from now on. `advertised`: what they are told where that is not where we listen. */
  async listen(at: Address, advertised?: Address): Promise<void> {
    const { id: self, secret, clock, log } = this.#deps;
    this.#incoming = new Incoming({ self, secret, clock, log, findHandler: (kind) => this.#handlers.get(kind) });
    const port = await this.#incoming.listen(at);
    this.#address = formatAddress(advertised ?? advertise({ host: at.host, port }, networkInterfaces()));
  }

  /** Answers requests of a kind. A handler owns what it waits for, and gives up when its signal aborts. */
  serve<K extends RelayKind>(
    kind: K,
    handler: (request: RelayRequest<K>, signal: AbortSignal) => Promise<RelayAnswer<K>>,
  ): void {
    const schema = relayKinds[kind].request;
    // By the kind's own schema, which a union of kinds forgets.
    this.#handlers.set(kind, (request, signal) => handler(schema.parse(request) as RelayRequest<K>, signal));
  }

  /**
   * Asks another replica, and resolves with the stream once it has connected what was asked for.
   *
   * @throws RelayRefused with the other's word; RelayUnreachable; the signal's reason. None of them leaves a stream behind.
   */
  async open<K extends RelayKindWith<"stream">>(
    peer: Peer,
    kind: K,
    request: RelayRequest<K>,
    { signal }: { signal: AbortSignal },
  ): Promise<Duplex> {
    return await this.#ask(peer, kind, request, signal);
  }

  /**
   * Asks another replica to do something, and resolves once it is done there.
   * @throws RelayRefused with the other's word; RelayUnreachable; the signal's reason
   */
  async tell<K extends RelayKindWith<"done">>(
    peer: Peer,
    kind: K,
    request: RelayRequest<K>,
    { signal }: { signal: AbortSignal },
  ): Promise<void> {
    const stream = await this.#ask(peer, kind, request, signal);
    stream.on("error", () => undefined); // what was asked is done
    stream.end();
    stream.resume();
  }

  async #ask(peer: Peer, kind: RelayKind, request: unknown, signal: AbortSignal): Promise<Duplex> {
    signal.throwIfAborted();
    using deadline = this.#deps.clock.timeout(answerMs, { signal, tag: "relay-answer" });
    const stream = (await untilAborted(this.#reach(peer), deadline.signal)).open();
    try {
      stream.write(encodeRequest({ kind, request }));
      await readAnswer(stream, deadline.signal);
      return stream;
    } catch (error) {
      stream.destroy();
      signal.throwIfAborted();
      if (error instanceof RelayRefused) throw error;
      const what = error instanceof SessionEnded ? "was lost" : "did not answer";
      throw new RelayUnreachable(`The other server ${what}.`, error);
    }
  }

  /** The connection to a replica: the one there is, or the one that is being made, or a new one. */
  async #reach(peer: Peer): Promise<Outgoing> {
    const known = this.#outgoing.get(peer.id);
    const outgoing = await known;
    if (outgoing?.isUsable === true) return outgoing;
    // It has ended, or is ending for want of use; whoever was first has made another.
    if (this.#outgoing.get(peer.id) === known) this.#outgoing.delete(peer.id);
    return await (this.#outgoing.get(peer.id) ?? this.#connect(peer));
  }

  #connect({ id: to, address }: Peer): Promise<Outgoing> {
    const { id: from, secret, clock, log } = this.#deps;
    const parsed = parseAddress(address);
    if (parsed === undefined || this.#stop.signal.aborted) {
      return Promise.reject(new RelayUnreachable("The other server does not say where it can be reached."));
    }
    const connecting = Outgoing.connect({ address: parsed, from, to, secret, clock, log });
    this.#outgoing.set(to, connecting);
    const forget = (): void => {
      if (this.#outgoing.get(to) === connecting) this.#outgoing.delete(to);
    };
    connecting.then(
      (outgoing) => {
        if (this.#stop.signal.aborted) outgoing.destroy();
        void outgoing.over().then(forget);
      },
      forget, // whoever waits for it hears why
    );
    return connecting;
  }

  async #dispose(): Promise<void> {
    this.#stop.abort();
    await this.#incoming?.[Symbol.asyncDispose]();
    await Promise.all(
      [...this.#outgoing.values()].map(async (connecting) => {
        const outgoing = await connecting.catch(() => undefined); // it never was
        outgoing?.destroy();
        await outgoing?.over();
      }),
    );
  }
}

/** What others wait for, too, is not ended by one that waits no longer. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  using _aborted = onAbort(signal, () => reject(signal.reason));
  return await Promise.race([promise, aborted]);
}

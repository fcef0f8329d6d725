import { FakeClock } from "@hearth/base/fake-clock";
import { memoryPair } from "../bytes/memory-pair.ts";
import type { MemoryPairOptions } from "../bytes/memory-pair.ts";
import { YamuxSession } from "../yamux/session.ts";
import type { YamuxSessionOptions } from "../yamux/session.ts";
import { RawPeer } from "./raw-peer.ts";

type Options = Partial<YamuxSessionOptions>;

/** Two sessions that talk to each other in memory, under one clock. Disposing closes both. */
export class SessionPair implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly client: YamuxSession;
  readonly server: YamuxSession;

  constructor({
    client = {},
    server = {},
    pair = {},
  }: { client?: Options; server?: Options; pair?: MemoryPairOptions } = {}) {
    this.clock = new FakeClock();
    const [one, two] = memoryPair(pair);
    this.client = new YamuxSession(one, { role: "client", clock: this.clock, ...client });
    this.server = new YamuxSession(two, { role: "server", clock: this.clock, ...server });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.client.close(), this.server.close()]);
    await this.clock.advance(0);
    const left = this.clock.pending();
    if (left.length > 0) throw new Error(`Timers are left after both sessions have ended: ${JSON.stringify(left)}`);
  }
}

/** One session whose peer keeps to no rule. */
export function sessionWithRawPeer(options: Options & { hears?: boolean } = {}): {
  session: YamuxSession;
  peer: RawPeer;
  clock: FakeClock;
} {
  const { hears = true, ...sessionOptions } = options;
  const clock = new FakeClock();
  const [one, two] = memoryPair();
  const session = new YamuxSession(one, { role: "server", clock, ...sessionOptions });
  return { session, peer: new RawPeer(two, { hears }), clock };
}

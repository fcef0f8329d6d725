import { backoffMs, EventStreamReader, Scope, untilAborted, type Clock, type Logger } from "@hearth/base";

/** An answer whose body comes piece by piece. */
export interface StreamingAnswer {
  readonly status: number;
  readonly body: AsyncIterable<Buffer>;
}

/** Asks the server for something that belongs to the agent, with its token. */
export type OpenStream = (path: string, options: { signal: AbortSignal }) => Promise<StreamingAnswer>;

/** What the server says of a claim. */
export interface ClaimEvent {
  /** Missing from old servers. */
  readonly ownerId: string | undefined;
}

export interface ListenOptions {
  readonly open: OpenStream;
  /** Takes the claim. True once it has been dealt with: the listening ends. */
  readonly onClaim: (event: ClaimEvent) => Promise<boolean>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly random?: () => number;
}

const path = "/api/v2/workspaceagents/me/reinit?wait=true";
const policy = { baseMs: 100, maxMs: 10_000 };
/** The server pings every 15 s; three missed pings and it is gone. */
const silenceMs = 45_000;
/** Far above any event of this stream; who sends more is not what we think. */
const longestEventChars = 64 * 1024;
const nothingToWaitFor = 409;

/**
 * Waits for the workspace to be claimed. Resolves when that has been dealt with, when the server says that it never will
 * be, or when the signal aborts; everything else is tried again.
 *
 * This only makes a claim known faster: whoever connects sees from the manifest that it has happened.
 * @see prebuilds §16.2, agents §13
 */
export async function listenForClaim(options: ListenOptions): Promise<void> {
  const { clock, signal, log } = options;
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      const outcome = await listenOnce(options);
      if (outcome === "over") return;
      if (outcome === "heard") attempt = 0;
    } catch (error) {
      if (signal.aborted) return;
      log.debug({ err: error, attempt }, "waiting for a claim was interrupted");
    }
    try {
      await clock.sleep(backoffMs(policy, attempt, options.random), { signal, tag: "reinit" });
    } catch {
      return; // stopped
    }
  }
}

/** `over`: stop asking. `heard`: there was a claim, not dealt with yet. `ended`: ask again. */
async function listenOnce({ open, onClaim, clock, signal }: ListenOptions): Promise<"over" | "heard" | "ended"> {
  using attempt = new Scope(signal);
  const answer = await open(path, { signal: attempt.signal });
  if (answer.status === nothingToWaitFor) return "over";
  if (answer.status !== 200)
    throw new Error(`The server answered ${answer.status} to an agent that waits for a claim.`);
  const reader = new EventStreamReader({ longestChars: longestEventChars });
  const decoder = new TextDecoder();
  for await (const chunk of unlessSilent(answer.body, clock, attempt.signal)) {
    for (const { type, data } of reader.feed(decoder.decode(chunk, { stream: true }))) {
      if (type === "ping") continue;
      if (type !== "data") throw new Error(`The server sent an event "${type}" to an agent that waits for a claim.`);
      return (await onClaim(toClaim(data))) ? "over" : "heard";
    }
  }
  return "ended";
}

/** Passes chunks on; throws when none comes for {@link silenceMs}. */
async function* unlessSilent(
  body: AsyncIterable<Buffer>,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const iterator = body[Symbol.asyncIterator]();
  for (;;) {
    using deadline = clock.timeout(silenceMs, { signal, tag: "reinit silence" });
    using waiting = new Scope(deadline.signal);
    const next: IteratorResult<Buffer, unknown> = await Promise.race([iterator.next(), untilAborted(waiting.signal)]);
    if (next.done) return;
    yield next.value;
  }
}

/** A payload that is no JSON is the reason alone, from an old server. */
function toClaim(data: string): ClaimEvent {
  try {
    const event: unknown = JSON.parse(data);
    const ownerId = typeof event === "object" && event !== null && "owner_id" in event ? event.owner_id : undefined;
    return { ownerId: typeof ownerId === "string" ? ownerId : undefined };
  } catch {
    return { ownerId: undefined };
  }
}

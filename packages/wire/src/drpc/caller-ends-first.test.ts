import { systemClock } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memoryPair } from "../bytes/memory-pair.ts";
import { RawCall } from "../testing/raw-call.ts";
import { DrpcError } from "./errors.ts";
import type { DrpcHandler } from "./handlers.ts";
import { serveDrpc } from "./server.ts";

const path = "/test.Service/Method";

const untilLeft: DrpcHandler = {
  kind: "unary",
  handle: async (_request, { signal }) => {
    while (!signal.aborted) await systemClock.sleep(0);
    throw signal.reason;
  },
};

/** Calls whose caller ends them, and how often it hears something before that. */
const calls: Record<string, { handler?: DrpcHandler; heard: number; says: ("closeSend" | "close" | "cancel")[] }> = {
  "an answered call": { handler: { kind: "unary", handle: async (request) => request }, heard: 2, says: ["close"] },
  "an answered call, without a close": { handler: { kind: "unary", handle: async (all) => all }, heard: 2, says: [] },
  "a failed call": {
    handler: { kind: "unary", handle: () => Promise.reject(new DrpcError("no")) },
    heard: 1,
    says: ["close"],
  },
  "a call of an unknown method": { heard: 1, says: ["close"] },
  "a call that is given up": { handler: untilLeft, heard: 0, says: ["cancel"] },
  "a call that is closed before its answer": { handler: untilLeft, heard: 0, says: ["close"] },
  "a stream that the callee ends": {
    handler: {
      kind: "stream",
      handle: async ({ messages, send }) => {
        for await (const message of messages) await send(message);
      },
    },
    heard: 2,
    says: ["close"],
  },
  "a stream that fails": {
    handler: { kind: "stream", handle: () => Promise.reject(new DrpcError("no")) },
    heard: 1,
    says: [],
  },
  "a stream that the caller closes": {
    handler: {
      kind: "stream",
      handle: async ({ send }, { signal }) => {
        await send(Buffer.from("map"));
        while (!signal.aborted) await systemClock.sleep(0);
      },
    },
    heard: 1,
    says: ["close"],
  },
};

function begin(handler: DrpcHandler | undefined, chop: number, clock = new FakeClock()) {
  const [ours, theirs] = memoryPair({ chop: () => chop });
  const done = serveDrpc(ours, new Map(handler ? [[path, handler]] : []), { clock });
  const call = new RawCall(theirs);
  call.say("invoke", path).say("message", "hi").say("closeSend");
  return { call, done, clock };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await systemClock.sleep(0);
}

const ends = (call: RawCall): string[] => call.seen.map(([what]) => what).filter((what) => /fin|reset/.test(what));

// The reference's library takes an end of the stream that comes before its own for a cancelled call, whatever was said
// before, and drops its session.
test.for(Object.entries(calls))(
  "%s: the caller's FIN comes first, however slow it is",
  async ([, { handler, heard, says }]) => {
    const slowness = fc.array(fc.nat({ max: 3 }), { minLength: 4, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(slowness, fc.integer({ min: 1, max: 40 }), async ([first, ...waits], chop) => {
        const { call, done } = begin(handler, chop);
        await call.heard(heard);
        await turns(first ?? 0);
        for (const [at, word] of says.entries()) {
          call.say(word);
          await turns(waits[at] ?? 0);
        }
        await turns(waits[2] ?? 0);
        expect(ends(call)).toEqual([]);

        call.stream.end();
        await done;
        while (ends(call).length === 0) await turns(1);

        expect(ends(call)).toEqual(["fin"]);
      }),
      { numRuns: 60 },
    );
  },
);

describe("a caller that does not end its call", () => {
  test.for(Object.entries(calls))(
    "%s: is waited for for 30 s, then the stream is reset",
    async ([, { handler, heard, says }]) => {
      const { call, done, clock } = begin(handler, 1000);
      await call.heard(heard);
      for (const word of says) call.say(word);
      await clock.asleep("drpc end");

      await clock.advance(29_999);
      expect(ends(call)).toEqual([]);
      await clock.advance(1);
      await done;
      await call.heard(heard + 1);

      expect(ends(call)).toEqual(["reset"]);
      expect(clock.pending()).toEqual([]);
    },
  );

  test("may say what it likes meanwhile: it is dropped", async () => {
    const { call, done, clock } = begin(calls["an answered call"]?.handler, 1000);
    await call.heard(2);
    for (let count = 0; count < 100; count++) call.say("message", Buffer.alloc(30_000));
    call.say("close").stream.end();

    await done;

    expect(call.seen.map(([what]) => what)).toEqual(["message 1", "closeSend 2", "fin"]);
    expect(clock.pending()).toEqual([]);
  });
});

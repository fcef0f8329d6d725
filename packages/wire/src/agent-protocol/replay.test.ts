import { FakeClock } from "@hearth/base/fake-clock";
import { toBinary } from "@bufbuild/protobuf";
import { systemClock } from "@hearth/base";
import { expect, test } from "vitest";
import { memoryPair } from "../bytes/memory-pair.ts";
import type { DrpcHandler } from "../drpc/handlers.ts";
import { serveDrpc } from "../drpc/server.ts";
import { readRecording } from "../recording/index.ts";
import type { RecordedCall } from "../recording/index.ts";
import { YamuxSession } from "../yamux/session.ts";

/** Answers each call with what was recorded for the same call, in the order of the recording. */
function recordedHandlers(
  calls: readonly RecordedCall[],
  heard: { path: string; requests: Buffer[] }[],
): Map<string, DrpcHandler> {
  const handlers = new Map<string, DrpcHandler>();
  for (const { path, method } of calls) {
    const answers = calls.filter((call) => call.path === path).map(({ responses }) => responses);
    handlers.set(
      path,
      method.methodKind === "unary"
        ? {
            kind: "unary",
            async handle(request) {
              heard.push({ path, requests: [Buffer.from(request)] });
              const [answer] = answers.shift() ?? [];
              return answer ? toBinary(answer.schema, answer.message) : Buffer.alloc(0);
            },
          }
        : {
            kind: "stream",
            async handle({ messages, send }) {
              const entry = { path, requests: [] as Buffer[] };
              heard.push(entry);
              for (const answer of answers.shift() ?? []) await send(toBinary(answer.schema, answer.message));
              for await (const message of messages) entry.requests.push(Buffer.from(message));
            },
          },
    );
  }
  return handlers;
}

test.for(["fresh-start-to-stop", "reconnect-after-server-restart", "client-coordinate"])(
  "%s: the recorded side, played against our session, makes the same calls with the same bytes",
  async (name) => {
    const { calls, messages, unfinished } = await readRecording(
      new URL(`../../../../e2e/reference/agent/${name}.jsonl`, import.meta.url),
    );
    const [ours, theirs] = memoryPair();
    theirs.resume().on("error", () => undefined); // a session that was cut destroys its end
    const heard: { path: string; requests: Buffer[] }[] = [];
    const handlers = recordedHandlers(calls, heard);
    const served: Promise<void>[] = [];
    const clock = new FakeClock();
    const session = new YamuxSession(ours, {
      role: "server",
      clock,
      onStream: (stream) => served.push(serveDrpc(stream, handlers, { clock })),
    });

    for (const { from, data } of messages) {
      if (from === "client") theirs.write(data);
      await systemClock.sleep(0);
    }
    theirs.end();
    const end = await session.closed;
    await Promise.all(served);

    const wanted = calls.map(({ path, requests }) => ({ path, requests: requests.map(({ bytes }) => bytes) }));
    expect(heard).toEqual(wanted);
    expect(end.kind).toBe(unfinished.client.length > 0 ? "cut" : "closed_by_peer");
  },
);

import { silentLogger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { expect, test } from "vitest";
import { type ClaimEvent, listenForClaim, type StreamingAnswer } from "#reinit/listen-for-claim.ts";

const ping = "event: ping\n\n";
const claim = (ownerId: string): string =>
  `event: data\ndata: ${JSON.stringify({ reason: "prebuild_claimed", owner_id: ownerId })}\n\n`;

/** One answer of the server: a status, and what its stream says. `never`: it stays open, silently. */
interface Scene {
  readonly status?: number;
  readonly says?: readonly string[];
  readonly ends?: "well" | "cut" | "never";
}

/** A server that plays scenes in turn; the last again and again. */
function listen(scenes: readonly Scene[], onClaim: (event: ClaimEvent, times: number) => boolean) {
  const clock = new FakeClock(0);
  const stop = new AbortController();
  const claims: ClaimEvent[] = [];
  const askedAt: number[] = [];
  const over = listenForClaim({
    open: async (path, { signal }): Promise<StreamingAnswer> => {
      expect(path).toBe("/api/v2/workspaceagents/me/reinit?wait=true");
      const scene = scenes[Math.min(askedAt.length, scenes.length - 1)] ?? {};
      askedAt.push(clock.now());
      return { status: scene.status ?? 200, body: play(scene, signal) };
    },
    onClaim: async (event) => onClaim(event, claims.push(event)),
    clock,
    signal: stop.signal,
    log: silentLogger,
    random: () => 0.5,
  });
  return { clock, claims, askedAt, over, stop: () => stop.abort(new Error("stopped")) };
}

async function* play(
  { says = [], ends = "well" }: Scene,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  for (const text of says) yield Buffer.from(text);
  if (ends === "cut") throw new Error("The connection was cut.");
  if (ends === "never") await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

test("a claim is heard once, and the listening ends with it [agents 80]", async () => {
  const { claims, over, clock } = listen([{ says: [ping, claim("ada")], ends: "never" }], () => true);

  await over;

  expect(claims).toEqual([{ ownerId: "ada" }]);
  expect(clock.pending()).toEqual([]);
});

test("an ordinary workspace is told so, and asks no more [agents 79, prebuilds 130]", async () => {
  const { askedAt, over } = listen([{ status: 409 }], () => true);

  await over;

  expect(askedAt).toEqual([0]);
});

test("a claim that could not be dealt with is asked for again, and then it is over [agents 81, 85]", async () => {
  const { claims, over, clock, askedAt } = listen([{ says: [claim("ada")] }], (_, times) => times === 2);

  await clock.advance(50);
  await over;

  expect(claims).toEqual([{ ownerId: "ada" }, { ownerId: "ada" }]);
  expect(askedAt).toEqual([0, 50]);
});

test("everything else is tried again, later each time up to 10 s, with jitter", async () => {
  const failures: Scene[] = [
    { status: 401 },
    { status: 500 },
    { says: ["event: error\ndata: {}\n\n"] },
    { ends: "cut" },
    { says: ["event: strange\ndata: x\n\n"] },
    {},
  ];
  const { askedAt, over, clock, stop } = listen(failures, () => true);

  await clock.advance(60_000);
  stop();
  await over;

  const waits = askedAt.slice(1).map((at, index) => at - (askedAt[index] ?? 0));
  expect(waits.slice(0, 9)).toEqual([50, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  expect(clock.pending()).toEqual([]);
});

test("a server that has fallen silent is given up after 45 s", async () => {
  const { askedAt, over, clock, stop } = listen([{ says: [ping], ends: "never" }], () => true);

  await clock.advance(44_999);
  expect(askedAt).toEqual([0]);
  await clock.advance(60);
  expect(askedAt).toEqual([0, 45_050]);
  stop();
  await over;
});

test("an old server's event is its reason alone", async () => {
  const { claims, over } = listen([{ says: ["event: data\ndata: prebuild_claimed\n\n"] }], () => true);

  await over;

  expect(claims).toEqual([{ ownerId: undefined }]);
});

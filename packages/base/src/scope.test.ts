import { getEventListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { onAbort, Scope } from "./scope.ts";

const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, "abort").length;

describe("a scope", () => {
  test("aborts with the first of its sources, and lets go of all of them", () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const scope = new Scope(one.signal, undefined, other.signal);

    other.abort("other");
    one.abort("one");

    expect(scope.signal.reason).toBe("other");
    expect([one, other].map(({ signal }) => listenersOf(signal))).toEqual([0, 0]);
  });

  test("of a source that has aborted is over from the start, and listens to nothing", () => {
    const source = new AbortController();
    const scope = new Scope(source.signal, AbortSignal.abort("before"));

    expect(scope.signal.reason).toBe("before");
    expect(listenersOf(source.signal)).toBe(0);
  });

  test("that is left has ended: its sources forget it, and who listens is told", () => {
    const source = new AbortController();
    let told: unknown;
    {
      using scope = new Scope(source.signal);
      scope.signal.addEventListener("abort", () => (told = scope.signal.reason));
    }

    expect(told).toMatchObject({ name: "AbortError", message: expect.stringContaining("has ended") });
    expect(listenersOf(source.signal)).toBe(0);
  });

  test("keeps its first reason, whatever comes in whatever order", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 3 }), { minLength: 1 }), (order) => {
        const sources = Array.from({ length: 3 }, () => new AbortController());
        const scope = new Scope(...sources.map(({ signal }) => signal));
        const ends = [...sources.map((source, at) => () => source.abort(at)), () => scope.end(3)];

        for (const at of order) ends[at]?.();

        expect(scope.signal.reason).toBe(order[0]);
        expect(sources.map(({ signal }) => listenersOf(signal))).toEqual([0, 0, 0]);
      }),
    );
  });
});

describe("what is called when a signal aborts", () => {
  test("is called once, at once for one that has", () => {
    const source = new AbortController();
    let calls = 0;
    onAbort(source.signal, () => calls++);
    source.abort();
    onAbort(source.signal, () => calls++);

    expect(calls).toBe(2);
  });

  test("is not called, and not kept, once it was let go", () => {
    const source = new AbortController();
    const listener = onAbort(source.signal, () => expect.unreachable());

    listener[Symbol.dispose]();
    source.abort();

    expect(listenersOf(source.signal)).toBe(0);
  });
});

import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { joinStreams } from "./join-streams.ts";
import { memoryPair } from "./memory-pair.ts";

test("bytes and ends pass in both directions, and a half-closed side is still answered", async () => {
  const [left, leftInside] = memoryPair();
  const [right, rightInside] = memoryPair();
  const joined = joinStreams(leftInside, rightInside);

  left.end("question");
  expect(await buffer(right)).toEqual(Buffer.from("question"));
  right.end("answer");

  expect(await buffer(left)).toEqual(Buffer.from("answer"));
  expect(await joined).toBeUndefined();
});

test("a side that breaks takes the other with it", async () => {
  const [left, leftInside] = memoryPair();
  const [right, rightInside] = memoryPair();
  left.on("error", () => undefined);
  const broken = once(right, "error");
  const joined = joinStreams(leftInside, rightInside);

  left.destroy(new Error("cut"));

  await broken;
  expect(await joined).toBeInstanceOf(Error);
});

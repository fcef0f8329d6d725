import { expect, test } from "vitest";
import type { CommandOutput } from "../commands/index.ts";
import { split } from "./split.ts";
import { eachOf } from "./streams.ts";

const piece = (from: "stdout" | "stderr", size: number): CommandOutput => ({
  from,
  bytes: new Uint8Array(size).fill(7),
});

/** An output that tells how much was taken of it. */
function output(pieces: readonly CommandOutput[]) {
  let taken = 0;
  const stream = new ReadableStream<CommandOutput>(
    {
      pull(controller) {
        const next = pieces[taken];
        if (next === undefined) return controller.close();
        taken++;
        controller.enqueue(next);
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, taken: () => taken };
}

async function sizeOf(stream: ReadableStream<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const bytes of eachOf(stream)) size += bytes.length;
  return size;
}

test("each stream has what is its own", async () => {
  const { stream } = output([
    piece("stdout", 1),
    piece("stderr", 20),
    { from: "dropped", droppedBytes: 5 },
    piece("stdout", 3),
  ]);
  const { stdout, stderr } = split(stream);

  expect(await Promise.all([sizeOf(stdout), sizeOf(stderr)])).toEqual([4, 20]);
});

test("who reads neither holds the command back, who reads both has all of it", async () => {
  const many = Array.from({ length: 100 }, () => piece("stdout", 100_000));
  const { stream, taken } = output(many);
  const { stdout, stderr } = split(stream);
  // Nothing moves any more once all that was promised has been done.
  await new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener("message", () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage("");
  });
  expect(taken()).toBeLessThan(20);

  expect(await Promise.all([sizeOf(stdout), sizeOf(stderr)])).toEqual([10_000_000, 0]);
});

test("who cancels one reads the other to its end", async () => {
  const { stream } = output([...Array.from({ length: 50 }, () => piece("stderr", 100_000)), piece("stdout", 9)]);
  const { stdout, stderr } = split(stream);
  await stderr.cancel();

  expect(await sizeOf(stdout)).toBe(9);
});

test("what breaks the output breaks both", async () => {
  const broken = new ReadableStream<CommandOutput>({ pull: (controller) => controller.error(new Error("cut")) });
  const { stdout, stderr } = split(broken);

  await expect(sizeOf(stdout)).rejects.toThrow("cut");
  await expect(sizeOf(stderr)).rejects.toThrow("cut");
});

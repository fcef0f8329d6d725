import { expect, test } from "vitest";
import { sampleInTurn } from "./samples.ts";

test("one of each in turn; the first rounds are thrown away, never more than are kept", async () => {
  const order: string[] = [];
  const sample = (name: string) => async (run: number) => {
    order.push(`${name}${run}`);
    return await Promise.resolve(run);
  };

  const taken = await sampleInTurn({ floor: sample("f"), claim: sample("c") }, { runs: 2, warmUps: 1 });

  expect(order).toEqual(["f0", "c0", "f1", "c1", "f2", "c2"]);
  expect(taken).toEqual({ floor: [1, 2], claim: [1, 2] });
  expect((await sampleInTurn({ one: sample("") }, { runs: 2, warmUps: 10 })).one).toEqual([2, 3]);
});

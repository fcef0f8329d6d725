import { readdirSync } from "node:fs";
import { stat } from "node:fs/promises";
import { silentLogger } from "@hearth/base";
import { recordingLogger } from "@hearth/base/recording-logger";
import { TestFolder } from "@hearth/base/test-folder";
import fc from "fast-check";
import { expect, test } from "vitest";
import { OutputRecord } from "#commands/output-record.ts";
import { OutputRuns, type OutputSource } from "#commands/output-runs.ts";

interface Said {
  readonly source: OutputSource;
  readonly bytes: Buffer;
}

const source = fc.constantFrom<OutputSource[]>("stdout", "stderr");

/** Everything from an offset on, byte by byte with its source; what was dropped as its count. */
async function readAll(record: OutputRecord, from: number, mostBytes: number): Promise<(string | number)[]> {
  const all: (string | number)[] = [];
  for (let offset = from; ;) {
    const piece = await record.next(offset, mostBytes);
    if (piece === undefined) return all;
    if (piece.source === "dropped") {
      all.push(piece.count);
      offset += piece.count;
      continue;
    }
    expect(piece.bytes.length).toBeGreaterThan(0);
    expect(piece.bytes.length).toBeLessThanOrEqual(mostBytes);
    for (const byte of piece.bytes) all.push(`${piece.source} ${byte}`);
    offset += piece.bytes.length;
  }
}

/** Everything that is due is on its way to the disk, and some of it there. */
async function write(record: OutputRecord): Promise<void> {
  record.finish();
  await stat(".");
}

test("what was said is read from any offset, in any pieces, from memory or file, and what is gone is counted", async () => {
  await using folder = new TestFolder();
  const said: fc.Arbitrary<Said[]> = fc.array(
    fc.record({ source, bytes: fc.uint8Array({ minLength: 1, maxLength: 40_000 }).map((bytes) => Buffer.from(bytes)) }),
    { maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(said, fc.nat(1000), fc.integer({ min: 1, max: 70_000 }), async (pieces, permille, most) => {
      const capacityBytes = 100_000;
      using record = new OutputRecord({ directory: folder.path, log: silentLogger, capacityBytes });
      const all: string[] = [];
      for (const [index, piece] of pieces.entries()) {
        record.append(piece.source, piece.bytes);
        for (const byte of piece.bytes) all.push(`${piece.source} ${byte}`);
        if (index % 3 === 2) await write(record);
      }
      const from = Math.floor((all.length * permille) / 1000);
      const start = Math.max(0, all.length - capacityBytes);
      const expected = from < start ? [start - from, ...all.slice(start)] : all.slice(from);

      const got = await readAll(record, from, most);

      // Told apart by hand: a difference of 100,000 entries is not to be printed.
      expect(got.length).toBe(expected.length);
      expect(got.every((entry, index) => entry === expected[index])).toBe(true);
      expect([record.startOffset, record.endOffset]).toEqual([start, all.length]);
    }),
    { numRuns: 40 },
  );
  expect(readdirSync(folder.path)).toEqual([]); // whatever becomes of the agent, nothing is left
});

test("little output never touches the disk", async () => {
  using record = new OutputRecord({ directory: "/dev/null/there/is/no/such/place", log: silentLogger });

  record.append("stdout", Buffer.from("little"));
  record.finish();

  expect(await readAll(record, 4, 100)).toEqual(["stdout 108", "stdout 101"]);
});

test("without a disk the newest is kept, nobody waits, and the log says so once", async () => {
  const log = recordingLogger();
  using record = new OutputRecord({ directory: "/dev/null/there/is/no/such/place", log });
  for (let count = 0; count < 100; count++) record.append("stdout", Buffer.alloc(65_536, count));
  await write(record);

  expect(record.isFull).toBe(false);
  const kept = record.endOffset - record.startOffset;
  expect(kept).toBeGreaterThanOrEqual(192 * 1024);
  expect(kept).toBeLessThanOrEqual(256 * 1024);
  expect(await record.next(0, 10)).toEqual({ source: "dropped", count: record.startOffset });
  expect(await record.next(record.endOffset - 1, 10)).toEqual({ source: "stdout", bytes: Buffer.of(99) });
  expect(log.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
});

test("runs are found as a plain list would find them, however much was dropped", () => {
  const steps = fc.array(fc.record({ source, bytes: fc.integer({ min: 1, max: 5 }), drop: fc.nat(6) }), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(steps, (all) => {
      const runs = new OutputRuns();
      const model: OutputSource[] = [];
      let start = 0;
      for (const step of all) {
        runs.push(step.source, step.bytes);
        for (let count = 0; count < step.bytes; count++) model.push(step.source);
        start = Math.min(model.length, start + step.drop);
        runs.dropBefore(start);
      }
      expect([runs.startOffset, runs.endOffset]).toEqual([start, model.length]);
      for (let offset = 0; offset < model.length + 2; offset++) {
        const run = runs.at(offset);
        expect(run?.source).toBe(offset < start ? undefined : model[offset]);
        if (!run) continue;
        const after = model.slice(offset).findIndex((entry) => entry !== run.source);
        expect(run.endOffset).toBe(after < 0 ? model.length : offset + after);
      }
    }),
  );
});

test("an output that changes between the two with every byte is bounded, too", () => {
  const runs = new OutputRuns();

  for (let count = 0; count < 50_000; count++) runs.push(count % 2 === 0 ? "stdout" : "stderr", 1);

  expect([runs.startOffset, runs.endOffset]).toEqual([50_000 - 16_384, 50_000]);
  expect(runs.at(49_999)).toMatchObject({ source: "stderr", endOffset: 50_000 });
});

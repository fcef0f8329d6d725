import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { systemClock } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { TestFolder } from "@hearth/base/test-folder";
import { forgedZip } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gather } from "./entries.ts";
import { ArchiveThreads, packFiles } from "./index.ts";

const threads = new ArchiveThreads({ clock: systemClock });
const { signal } = new AbortController();
let folder: TestFolder;
let scratch: string;
let zip: string;
beforeAll(async () => {
  folder = new TestFolder();
  scratch = folder.path;
  zip = join(scratch, "a.zip");
  await writeFile(zip, forgedZip({ name: "a", content: Buffer.from("hello") }, { name: "l", symbolicLinkTo: "a" }));
});
afterAll(() => folder[Symbol.asyncDispose]());

/** A tar that is too large to be read at once. */
const largeTar = () =>
  packFiles(
    new Map([
      ["big", new Uint8Array(300 * 1024)],
      ["f", Buffer.from("x")],
    ]),
  );
/** A stream that gives a piece and then no more, and tells when it was left. */
function stuck() {
  const left = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const first = new Uint8Array(300 * 1024);
  const iterator: AsyncIterator<Uint8Array> = {
    next: () => (asked.resolve(), Promise.resolve({ done: false, value: first })),
    return: () => (left.resolve(), Promise.resolve({ done: true, value: undefined })),
  };
  return { stream: { [Symbol.asyncIterator]: () => iterator }, asked: asked.promise, left: left.promise };
}

test("an archive changes its format, and is read, in a thread", async () => {
  const tar = await gather(threads.zipToTar(zip, { signal }));
  const back = await gather(threads.tarToZip(Readable.from([tar]), { signal }));
  const files = await threads.readFiles(Readable.from([await largeTar()]), { signal });

  expect([...(await threads.readFiles(Readable.from([tar]), { signal })).keys()]).toEqual(["a", "l"]);
  expect(back.subarray(0, 2).toString()).toBe("80,75");
  expect([...files].map(([path, content]) => [path, content.length])).toEqual([
    ["big", 300 * 1024],
    ["f", 1],
  ]);
});

test("a thread's refusal is the archive's, with its entry and limit", async () => {
  const limits = { fileBytes: 100 };

  const refused = threads.readFiles(Readable.from([await largeTar()]), { signal, limits });

  await expect(refused).rejects.toMatchObject({
    name: "ArchiveError",
    fault: "too_big",
    path: "big",
    limit: "fileBytes",
    message: 'The archive\'s file "big" is 307200 bytes; at most 100 are allowed.',
  });
});

test("the error of what is read is the reader's", async () => {
  const next = () => Promise.reject(new Error("the disk is gone"));
  const broken = { [Symbol.asyncIterator]: () => ({ next }) };

  await expect(gather(threads.tarToZip(broken, { signal }))).rejects.toThrow("the disk is gone");
});

test("an archive whose time is up is given up, and its thread with it", async () => {
  const clock = new FakeClock();
  const { stream, asked, left } = stuck();
  const refused = gather(new ArchiveThreads({ clock }).tarToZip(stream, { signal, limits: { totalBytes: 1e12 } }));
  const refusal = expect(refused).rejects.toMatchObject({
    fault: "too_big",
    limit: "timeMs",
    message: "The archive takes longer than the 60 seconds allowed.",
  });
  await asked;

  await clock.advance(60_000);

  await refusal;
  await left;
});

test("who asked and leaves ends the thread, and lets the next one in", async () => {
  const one = new ArchiveThreads({ clock: systemClock });
  const stop = new AbortController();
  const works = [stuck(), stuck()].map(({ stream, asked, left }) => ({
    asked,
    left,
    work: gather(one.tarToZip(stream, { signal: stop.signal, limits: { totalBytes: 1e12 } })),
  }));
  const gone = works.map(({ work }) => expect(work).rejects.toThrow("gone"));
  await Promise.all(works.map(({ asked }) => asked));
  const waiting = gather(one.zipToTar(zip, { signal }));

  stop.abort(new Error("gone"));

  await Promise.all(gone);
  await Promise.all(works.map(({ left }) => left));
  await expect(waiting).resolves.toHaveLength(2_560);
});

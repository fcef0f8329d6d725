import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TestFolder } from "@hearth/base/test-folder";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLog } from "./log.ts";

let scratch: TestFolder;
let folder: string;
beforeEach(async () => {
  scratch = new TestFolder();
  folder = scratch.path;
});
afterEach(async () => {
  await scratch[Symbol.asyncDispose]();
});

async function linesOf(file: string): Promise<unknown[]> {
  const text = await readFile(file, "utf8");
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as unknown]));
}

test("a disk that is full loses lines, which is told once, and never throws", async () => {
  const file = join(folder, "hearth.log");
  await symlink("/dev/full", file);
  const losses: string[] = [];
  const onLoss = (error: Error) => losses.push(error.message);
  using logFile = createLog({ level: "info", file, now: () => 7, onLoss });
  const { log } = logFile;

  log.info({ n: 1 }, "first");
  log.child({ of: "a child" }).error({ err: new Error("x") }, "second");
  expect(losses).toEqual(["ENOSPC: no space left on device, write"]);
});

test("what comes after a loss follows the number of lines that are missing", async () => {
  const file = join(folder, "hearth.log");
  await symlink("/dev/full", file);
  using logFile = createLog({ level: "info", file, now: () => 7 });
  const { log } = logFile;
  log.info({}, "first");
  log.info({}, "second");
  await rm(file);
  log.info({}, "third");
  log.info({}, "fourth");

  expect(await linesOf(file)).toEqual([
    { level: 40, time: 7, lost: 2, msg: "lines of this log were lost while it could not be written" },
    expect.objectContaining({ msg: "third" }),
    expect.objectContaining({ msg: "fourth" }),
  ]);
});

test("a place that cannot be opened yet is tried again with every line", async () => {
  const inTheWay = join(folder, "data");
  await writeFile(inTheWay, "no directory");
  const file = join(inTheWay, "hearth.log");
  using logFile = createLog({ level: "info", file, now: () => 7 });

  logFile.log.info({}, "first");
  await rm(inTheWay);
  await mkdir(inTheWay);
  logFile.log.info({}, "second");

  expect(await linesOf(file)).toEqual([
    expect.objectContaining({ lost: 1 }),
    expect.objectContaining({ msg: "second" }),
  ]);
});

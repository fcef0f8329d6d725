import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TestFolder } from "@hearth/base/test-folder";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockDataDir } from "./data-dir-lock.ts";
import { DataDirLockedError, EmbeddedPostgresError } from "./errors.ts";

let scratch: TestFolder;
let directory: string;
beforeEach(() => {
  scratch = new TestFolder();
  directory = scratch.path;
});
afterEach(async () => {
  await scratch[Symbol.asyncDispose]();
});

/** A process that holds the lock of `directory` until it is killed. */
async function spawnHolder(): Promise<{ pid: number; kill: () => Promise<void> }> {
  const lockModule = join(import.meta.dirname, "data-dir-lock.ts");
  const script = `
    import { lockDataDir } from ${JSON.stringify(lockModule)};
    globalThis.lock = await lockDataDir(${JSON.stringify(directory)});
    process.stdout.write("held");
    process.stdin.resume();`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  if (child.pid === undefined) throw new Error("The holder has no process id.");
  return {
    pid: child.pid,
    kill: async () => {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

test("the directory is made when it is missing, for its owner only", async () => {
  const deep = join(directory, "a", "b");

  using lock = await lockDataDir(deep);

  expect(lock.dataDir).toBe(deep);
  expect((await stat(deep)).mode & 0o066).toBe(0);
  expect(await readFile(join(deep, "hearth.pid"), "utf8")).toBe(`${process.pid}\n`);
});

test("a second one in this process is refused, and may have it when the first lets go", async () => {
  const first = await lockDataDir(directory);

  await expect(lockDataDir(directory)).rejects.toThrow(DataDirLockedError);
  first[Symbol.dispose]();
  first[Symbol.dispose]();

  using _second = await lockDataDir(directory);
});

test("another process is refused with the number of the holder and what to do", async () => {
  const holder = await spawnHolder();
  try {
    await expect(lockDataDir(directory)).rejects.toThrow(
      `Another Hearth (process ${holder.pid}) is using the data directory ${directory}; stop it, or set HEARTH_DATA_DIR to another directory.`,
    );
  } finally {
    await holder.kill();
  }
});

test("the lock dies with its process, even by SIGKILL", async () => {
  const holder = await spawnHolder();
  await holder.kill();

  using _lock = await lockDataDir(directory);
});

test("a file where the directory should be is explained", async () => {
  const file = join(directory, "file");
  await writeFile(file, "");

  await expect(lockDataDir(join(file, "data"))).rejects.toThrow(EmbeddedPostgresError);
  await expect(lockDataDir(file)).rejects.toThrow("is in the way of the data directory");
});

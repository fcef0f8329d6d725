import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { TestFolder } from "./test-folder.ts";

/** A shell that says when it has begun. */
async function startShell(text: string, options: { cwd?: string; env?: Record<string, string> }) {
  const env = { PATH: process.env["PATH"], ...options.env };
  const child = spawn("sh", ["-c", `echo started; ${text}`], {
    stdio: ["pipe", "pipe", "ignore"],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env,
  });
  await once(child.stdout, "data");
  return child;
}

test.for<[string, (folder: TestFolder) => { cwd?: string; env?: Record<string, string> }]>([
  ["works in it", (folder) => ({ cwd: folder.path })],
  ["has it as its home", (folder) => ({ cwd: "/", env: { HOME: folder.path } })],
])("a folder waits for the end of a process that %s", async ([, where]) => {
  const folder = new TestFolder();
  const child = await startShell(`read line; echo late > ${folder.join("late")}`, where(folder));

  let isGone = false;
  const gone = folder[Symbol.asyncDispose]().then(() => (isGone = true));
  writeFileSync(folder.join("early"), "");
  expect(isGone).toBe(false);
  child.stdin.end("\n");
  await gone;

  expect(child.exitCode ?? child.signalCode ?? (await once(child, "exit"))[0]).toBe(0);
  expect(existsSync(folder.path)).toBe(false);
});

test("a process that does not end is named, and ended", async () => {
  const folder = new TestFolder({ patienceMs: 20 });
  const child = await startShell("exec sleep 600", { cwd: folder.path });

  await expect(folder[Symbol.asyncDispose]()).rejects.toThrow(`${child.pid} sleep 600`);

  expect(child.signalCode ?? (await once(child, "exit"))[1]).toBe("SIGKILL");
  expect(existsSync(folder.path)).toBe(false);
});

test("what lives in a folder whose name begins alike is somebody else's", async () => {
  await using other = new TestFolder();
  const child = await startShell("read line", { cwd: "/", env: { HOME: `${other.path}-more` } });

  await other[Symbol.asyncDispose]();

  expect(child.exitCode).toBe(null);
  child.stdin.end("\n");
  await once(child, "exit");
});

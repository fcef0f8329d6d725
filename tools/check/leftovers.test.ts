import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { findLeftovers, runVariable } from "./leftovers.ts";

test("a process that a run left behind is found, and its children with it; those of other runs are not", async () => {
  const run = `test-${process.pid}`;
  const start = (name: string): ReturnType<typeof spawn> =>
    spawn("sh", ["-c", "echo started; sleep 600; :"], { env: { ...process.env, [runVariable]: name }, detached: true });
  const ours = start(run);
  const other = start(`${run}-other`);
  await Promise.all([ours, other].map(async (child) => await once(child.stdout ?? child, "data")));
  try {
    const commands = (await findLeftovers(run, 0)).map(({ command }) => command);

    expect(commands).toContain("sh -c echo started; sleep 600; :");
    expect(commands).not.toHaveLength(0);
    expect((await findLeftovers(run, 0)).some(({ pid }) => pid === other.pid)).toBe(false);
  } finally {
    // Each leads a group of its own, with its sleep in it.
    for (const child of [ours, other]) if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    await Promise.all(
      [ours, other].map(async (child) => child.exitCode ?? child.signalCode ?? (await once(child, "exit"))),
    );
  }
  expect(await findLeftovers(run)).toEqual([]);
});

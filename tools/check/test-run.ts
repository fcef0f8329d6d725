import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findLeftovers, runVariable } from "./leftovers.ts";
import { runVitest } from "./run-vitest.ts";
import type { Tally } from "./tally.ts";

/**
 * Runs Vitest in a temporary directory of its own and sees to it that nothing is left running afterwards: a process
 * that is counts as a failure, and is ended. Resolves with the tests that were skipped.
 */
export async function runTests(
  tally: Tally,
  args: readonly string[],
  { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<readonly string[]> {
  const run = randomUUID();
  // A short name: sockets go below it, whose paths may have 107 bytes.
  const temporary = await mkdtemp(join(tmpdir(), "ht-"));
  try {
    await chmod(temporary, 0o711); // as root, PostgreSQL's user passes through it
    const { skipped, ...count } = await runVitest(args, {
      cwd,
      env: { ...env, TMPDIR: temporary, [runVariable]: run },
    });
    tally.add(count);
    await endLeftovers(tally, run);
    return skipped;
  } finally {
    await rm(temporary, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function endLeftovers(tally: Tally, run: string): Promise<void> {
  const left = await findLeftovers(run);
  tally.one(left.length === 0);
  if (left.length === 0) return;
  console.log("\n✗ nothing is left running");
  for (const { pid, command } of left) {
    console.log(`  ${pid} ${command.slice(0, 160)}`);
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself after all.
    }
  }
}

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { countVitest, type VitestCount, type VitestReport } from "./vitest-result.ts";

/** Runs Vitest with these arguments; what fails is shown as it fails. */
export async function runVitest(
  args: readonly string[],
  { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<VitestCount> {
  const directory = await mkdtemp(join(tmpdir(), "hearth-vitest-"));
  try {
    const reportFile = join(directory, "report.json");
    const reporters = ["agent", join(import.meta.dirname, "progress-reporter.ts"), "json"];
    const command = [
      join(cwd, "node_modules/vitest/vitest.mjs"),
      "run",
      "--passWithNoTests",
      ...reporters.map((reporter) => `--reporter=${reporter}`),
      `--outputFile.json=${reportFile}`,
      ...args,
    ];
    const child = spawn(process.execPath, command, { cwd, env, stdio: ["ignore", "inherit", "inherit"] });
    const [code] = (await once(child, "exit")) as unknown[]; // the event's arguments
    return countVitest(await readReport(reportFile), code === 0 ? 0 : 1);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function readReport(file: string): Promise<VitestReport | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as VitestReport; // written by the reporter that was asked to
  } catch {
    return undefined; // Vitest ended before it could write one, and has said why
  }
}

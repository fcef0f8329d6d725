/** What the JSON reporter of Vitest writes, as far as we read it. */
export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

export interface VitestCount {
  readonly passed: number;
  readonly failed: number;
  /** Those that were not run, as `file: title`. */
  readonly skipped: readonly string[];
}

/**
 * How many tests passed and failed. Pure.
 *
 * A file that could not be loaded has no tests and counts as one failure; so does a run that failed otherwise (an error
 * outside of all tests), and one that left no report.
 */
export function countVitest(report: VitestReport | undefined, exitCode: number): VitestCount {
  if (!report) return { passed: 0, failed: 1, skipped: [] };
  const all = report.testResults.flatMap((file) =>
    file.assertionResults.map((result) => ({ file: file.name, ...result })),
  );
  const passed = all.filter(({ status }) => status === "passed").length;
  const failedTests = all.filter(({ status }) => status === "failed").length;
  const brokenFiles = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed"),
  ).length;
  const failed = failedTests + brokenFiles;
  const skipped = all
    .filter(({ status }) => status !== "passed" && status !== "failed")
    .map(({ file, fullName }) => `${file}: ${fullName}`);
  return { passed, failed: failed === 0 && exitCode !== 0 ? 1 : failed, skipped };
}

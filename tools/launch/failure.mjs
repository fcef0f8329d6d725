/** What a person can mend; shown as one line, or a few, without a stack. */
export class LaunchError extends Error {
  /** @override */
  name = "LaunchError";
}

/**
 * Says why a launcher gave up, and makes it fail.
 * @param {unknown} error
 */
export function reportFailure(error) {
  const text = error instanceof LaunchError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}

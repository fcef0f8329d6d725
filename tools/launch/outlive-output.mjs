/**
 * Nothing that becomes of our output ends us: `npm start 2>&1 | head -3`, a terminal that is gone, a full disk. The
 * server that we wait for goes on, so we do.
 */
export function outliveOutput() {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
}

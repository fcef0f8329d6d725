/** Work that takes longer than this is spoken of. */
const quietMs = 1_000;
/** Without a terminal a line comes this often. */
const lineEveryMs = 15_000;

/**
 * Runs `work` and says on stderr what is going on and for how long, once it takes more than a second.
 * @template T
 * @param {string} what as "Installing packages"
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withProgress(what, work) {
  const startedMs = Date.now();
  const isLive = process.stderr.isTTY === true && process.env.TERM !== "dumb";
  let spokenMs = 0;
  const timer = setInterval(() => {
    const elapsedMs = Date.now() - startedMs;
    const seconds = Math.round(elapsedMs / 1_000);
    if (isLive) process.stderr.write(`\r\u001b[K${what}… ${seconds} s`);
    else if (spokenMs === 0 || elapsedMs - spokenMs >= lineEveryMs) {
      process.stderr.write(spokenMs === 0 ? `${what}…\n` : `${what}… ${seconds} s\n`);
      spokenMs = elapsedMs;
    }
  }, quietMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    if (isLive) process.stderr.write("\r\u001b[K");
  }
}

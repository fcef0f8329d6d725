import { pino, type Logger as PinoLogger } from "pino";
import type { Logger } from "@hearth/base";

/** Names under which a secret could travel: what stands there is never written. */
const secretFields = [
  "password",
  "token",
  "secret",
  "authorization",
  "cookie",
  "*.password",
  "*.token",
  "*.secret",
  "*.authorization",
  "*.cookie",
];

/** A logger that writes lines of JSON to `file`, and from `warn` on also to standard error. */
export function createLog(options: { level: string; file: string }): { log: Logger; flush: () => void } {
  const transport = pino.multistream([
    {
      level: "debug",
      stream: pino.destination({ dest: options.file, sync: true, mkdir: true, append: true, mode: 0o600 }),
    },
    { level: "error", stream: process.stderr },
  ]);
  const log: PinoLogger = pino(
    { level: options.level === "debug" ? "debug" : "info", redact: secretFields, base: null },
    transport,
  );
  return { log, flush: () => log.flush() };
}

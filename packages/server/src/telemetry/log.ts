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

/** A logger that writes lines of JSON to `file`. The terminal belongs to those who started the server, not to the log. */
export function createLog(options: { level: string; file: string }): { log: Logger; flush: () => void } {
  const destination = pino.destination({ dest: options.file, sync: true, mkdir: true, append: true, mode: 0o600 });
  const log: PinoLogger = pino({ level: options.level, redact: secretFields, base: null }, destination);
  return { log, flush: () => log.flush() };
}

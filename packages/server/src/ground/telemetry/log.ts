import { pino } from "pino";
import type { Logger } from "@hearth/base";
import { LogFile } from "./log-file.ts";

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

/**
 * A logger that writes lines of JSON to `file`. The terminal belongs to those who started the server, not to the log.
 * Neither opening nor writing it ever throws; `onLoss` is told when lines begin to be lost.
 */
export function createLog(options: {
  level: string;
  file: string;
  now: () => number;
  onLoss?: (error: Error) => void;
}): { log: Logger } & Disposable {
  const { level, file, now, onLoss } = options;
  const destination = new LogFile({ file, now, onLoss });
  const log: Logger = pino({ level, redact: secretFields, base: null }, destination);
  return { log, [Symbol.dispose]: () => destination[Symbol.dispose]() };
}

import type { Logger } from "./logger.ts";

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  /** The fields of the line and of the loggers it came through. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A logger that keeps its lines, for tests that ask what was said. Its children write into the same list. */
export interface RecordingLogger extends Logger {
  readonly lines: LogLine[];
}

export function recordingLogger(fields: object = {}, lines: LogLine[] = []): RecordingLogger {
  const at = (level: LogLine["level"]) => (own: object, message: string) => {
    lines.push({ level, message, fields: { ...fields, ...own } });
  };
  return {
    lines,
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (more) => recordingLogger({ ...fields, ...more }, lines),
  };
}

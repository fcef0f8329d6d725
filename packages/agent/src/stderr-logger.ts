import type { Logger } from "@hearth/base";

const levels = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof levels)[number];

/** One line of JSON per message, in the field names of the server's own log. Errors keep their causes. */
export function createLogger(options: {
  level: Level;
  write: (line: string) => void;
  now: () => number;
  fields?: object;
}): Logger {
  const { level, write, now, fields = {} } = options;
  const at =
    (own: Level) =>
    (more: object, message: string): void => {
      if (levels.indexOf(own) < levels.indexOf(level)) return;
      const line = { level: own, time: new Date(now()).toISOString(), ...fields, ...more, msg: message };
      write(`${JSON.stringify(line, plain)}\n`);
    };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (more) => createLogger({ ...options, fields: { ...fields, ...more } }),
  };
}

/** The level a word names; anything else is `info`. */
export function toLevel(word: string | undefined): Level {
  return levels.find((level) => level === word?.toLowerCase()) ?? "info";
}

function plain(_key: string, value: unknown): unknown {
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    const code = "code" in value ? String(value.code) : undefined;
    return {
      type: name,
      message,
      ...(code === undefined ? {} : { code }),
      stack,
      ...(cause === undefined ? {} : { cause }),
    };
  }
  return typeof value === "bigint" ? String(value) : value;
}

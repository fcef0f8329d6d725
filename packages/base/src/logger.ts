/**
 * Where a part tells what it does. pino's logger is one.
 *
 * Messages are static text, data goes into fields, so that lines can be counted. `error`: a human must act; `warn`: it
 * healed itself, look when there are many; `info`: a few lines per build; `debug`: the rest.
 */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** A logger that adds `fields` to each of its lines. */
  child(fields: object): Logger;
}

/** Says nothing. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};

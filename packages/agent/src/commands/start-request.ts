import { CommandError } from "#commands/command-error.ts";
import type { TerminalSize } from "#processes/processes.ts";
import type { UserTask } from "#processes/user-command.ts";

/** What a client asks to be started, read and checked. */
export interface StartRequest {
  readonly task: Exclude<UserTask, "login shell">;
  readonly env: Readonly<Record<string, string>>;
  /** As it was sent: absolute, relative to the workspace's directory, or from `~`. */
  readonly directory: string | undefined;
  /** A terminal of this size; without, pipes. */
  readonly tty: TerminalSize | undefined;
  /** Whether it is fed; else it reads from /dev/null. A terminal always is. */
  readonly stdin: boolean;
  /** Whether it outlives its client, and is never made to wait for one. */
  readonly detach: boolean;
  readonly timeoutMs: number | undefined;
  /** Whether what blocks the log-in must have ended before. */
  readonly waitsUntilReady: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** What a timer can count. */
const longestTimeoutMs = 2 ** 31 - 1;
const largestTerminal = 65_535;

/** The JSON of a frame's or request's body. @throws CommandError `bad_request` for what is no JSON object */
export function readFields(body: Uint8Array): Fields {
  try {
    const value: unknown = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8"));
    if (isFields(value)) return value;
  } catch {
    // told below, with what is no object
  }
  throw new CommandError("bad_request", "What was sent is no JSON object.");
}

/** @throws CommandError `bad_request`, which names the field and what it may be. Fields of no meaning are passed over. */
export function readStart(fields: Fields, { userName }: { userName: string }): StartRequest {
  const { user, wait = "ready" } = fields;
  if (user !== undefined && user !== userName) {
    throw refuse("user", `the agent starts commands as ${userName} only`);
  }
  if (wait !== "ready" && wait !== "none") throw refuse("wait", `it is "ready" or "none"`);
  const tty = fields.tty === undefined ? undefined : readSize(fields.tty, "tty");
  return {
    task: readTask(fields),
    env: readEnv(fields.env ?? {}),
    directory: fields.directory === undefined ? undefined : text(fields.directory, "directory"),
    tty,
    stdin: tty !== undefined || flag(fields.stdin, "stdin"),
    detach: flag(fields.detach, "detach"),
    timeoutMs:
      fields.timeout_ms === undefined ? undefined : whole(fields.timeout_ms, "timeout_ms", 1, longestTimeoutMs),
    waitsUntilReady: wait === "ready",
  };
}

/** @throws CommandError `bad_request` */
export function readSize(value: unknown, name: string): TerminalSize {
  if (!isFields(value)) throw refuse(name, "it has columns and rows");
  return {
    columns: whole(value.columns, `${name}.columns`, 1, largestTerminal),
    rows: whole(value.rows, `${name}.rows`, 1, largestTerminal),
  };
}

/** Whom to follow, and from which byte of its output on. @throws CommandError `bad_request` */
export function readAttach(fields: Fields): { processId: string; after: number } {
  const { process_id: processId, after = 0 } = fields;
  return { processId: text(processId, "process_id"), after: whole(after, "after", 0, Number.MAX_SAFE_INTEGER) };
}

/** From which byte of an output on. @throws CommandError `bad_request` for one that there was not yet */
export function readAfter(after: number, { endOffset }: { readonly endOffset: number }): number {
  if (Number.isInteger(after) && after >= 0 && after <= endOffset) return after;
  throw new CommandError("bad_request", `after is ${after}, but the output so far has the bytes 0 to ${endOffset}.`);
}

function readTask({ argv, shell }: Fields): StartRequest["task"] {
  if ((argv === undefined) === (shell === undefined)) {
    throw new CommandError("bad_request", "Either argv or shell says what to run: exactly one of the two.");
  }
  if (shell !== undefined) return { line: text(shell, "shell") };
  if (!Array.isArray(argv)) throw refuse("argv", "it is a list of texts");
  const [file, ...args] = argv as unknown[];
  if (file === undefined) throw refuse("argv", "it begins with the program");
  return { argv: [text(file, "argv[0]"), ...args.map((arg, index) => plain(arg, `argv[${index + 1}]`))] };
}

function readEnv(value: unknown): Record<string, string> {
  if (!isFields(value)) throw refuse("env", "it gives values to names");
  return Object.fromEntries(
    Object.entries(value).map(([name, content]) => {
      if (name === "" || name.includes("=") || name.includes("\0"))
        throw refuse("env", `${JSON.stringify(name)} is no name`);
      return [name, plain(content, `env.${name}`)];
    }),
  );
}

function text(value: unknown, name: string): string {
  if (value === "") throw refuse(name, "it is empty");
  return plain(value, name);
}

/** No system call takes a NUL in a text. */
function plain(value: unknown, name: string): string {
  if (typeof value === "string" && !value.includes("\0")) return value;
  throw refuse(name, "it is a text without NUL");
}

function flag(value: unknown, name: string): boolean {
  if (value === undefined || typeof value === "boolean") return value ?? false;
  throw refuse(name, "it is true or false");
}

function whole(value: unknown, name: string, least: number, most: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw refuse(name, `it is a whole number from ${least} to ${most}`);
}

function refuse(name: string, rule: string): CommandError {
  return new CommandError("bad_request", `${name} cannot be taken: ${rule}.`);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

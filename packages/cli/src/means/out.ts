import type { Writable } from "node:stream";
import type { Clock } from "@hearth/base";
import { renderTable, type Column } from "#output/table.ts";
import { createStyle, type Style } from "./style.ts";
import { StatusLine } from "./status-line.ts";

/** What a command says. The result goes to stdout, everything else to stderr. */
export interface Out {
  /** Of stdout. */
  readonly style: Style;
  /** Of stderr. */
  readonly noteStyle: Style;
  /** Whether stderr is a terminal, so that a line can be drawn again. */
  readonly isLive: boolean;
  /** One line of the result. */
  line(text: string): void;
  /** Bytes of the result, as they are; resolves when they are on their way. */
  bytes(data: Uint8Array | string): Promise<void>;
  /** The result in the API's own shape. */
  json(value: unknown): void;
  table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): void;
  /** One line beside the result. */
  note(text: string): void;
  warn(text: string): void;
  /** Says what is waited for until it is disposed; nothing where stderr is no terminal. */
  status(text: string): Status;
}

export interface Status extends Disposable {
  update(text: string): void;
}

export interface OutOptions {
  stdout: Writable;
  stderr: Writable;
  colour: boolean;
  noteColour: boolean;
  isLive: boolean;
  clock: Clock;
}

export function createOut({ stdout, stderr, colour, noteColour, isLive, clock }: OutOptions): Out {
  const style = createStyle(colour);
  const noteStyle = createStyle(noteColour);
  const statusLine = isLive ? new StatusLine(stderr, noteStyle, clock) : undefined;
  const out: Out = {
    style,
    noteStyle,
    isLive,
    line(text) {
      statusLine?.clear();
      stdout.write(`${text}\n`);
    },
    bytes: (data) =>
      new Promise((resolve, reject) => {
        statusLine?.clear();
        stdout.write(data, (error) => {
          if (error) reject(error);
          else resolve();
        });
      }),
    json(value) {
      out.line(JSON.stringify(value, null, 2));
    },
    table(rows, columns) {
      for (const line of renderTable(rows, columns, style)) out.line(line);
    },
    note(text) {
      statusLine?.clear();
      stderr.write(`${text}\n`);
    },
    warn(text) {
      out.note(`${noteStyle.yellow("warning:")} ${text}`);
    },
    status(text) {
      return statusLine?.start(text) ?? silentStatus;
    },
  };
  return out;
}

const silentStatus: Status = { update: () => undefined, [Symbol.dispose]: () => undefined };

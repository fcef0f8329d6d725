import type { Style } from "#means/style.ts";
import { safeText } from "./safe-text.ts";
import { padTo, widthOf } from "./width.ts";

/** A column of a table, picked by its name with `--column`. */
export interface Column<Row> {
  readonly name: string;
  /** Shown when no columns are asked for. @default true */
  readonly shown?: boolean;
  value(row: Row): string;
  /** Colours the finished cell; its width stays. */
  paint?(cell: string, row: Row, style: Style): string;
}

/**
 * Rows below a heading, cells aligned, two spaces between; no line ends in a space.
 *
 * No rows give the heading alone, so that scripts see the same shape.
 */
export function renderTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[], style: Style): string[] {
  const headings = columns.map((column) => column.name.toUpperCase());
  const cells = rows.map((row) => columns.map((column) => oneLine(safeText(column.value(row)))));
  const widths = headings.map((heading, index) =>
    Math.max(widthOf(heading), ...cells.map((line) => widthOf(line[index] ?? ""))),
  );
  const heading = joinCells(headings, widths, (cell) => style.bold(cell));
  const lines = cells.map((line, rowIndex) =>
    joinCells(line, widths, (cell, index) => {
      const row = rows[rowIndex];
      const column = columns[index];
      return row === undefined || column?.paint === undefined ? cell : column.paint(cell, row, style);
    }),
  );
  return [heading, ...lines];
}

function joinCells(
  cells: readonly string[],
  widths: readonly number[],
  paint: (cell: string, index: number) => string,
): string {
  const last = cells.findLastIndex((cell) => cell !== "");
  return cells
    .slice(0, last + 1)
    .map((cell, index) => paint(index === last ? cell : padTo(cell, widths[index] ?? 0), index))
    .join("  ");
}

/** The columns of those names, in that order; the usual ones when none are named. */
export function pickColumns<Row>(columns: readonly Column<Row>[], names: readonly string[]): Column<Row>[] {
  if (names.length === 0) return columns.filter((column) => column.shown !== false);
  return names.flatMap((name) => columns.filter((column) => column.name === name));
}

/** Line feeds, and the blanks around them, as one blank. */
function oneLine(text: string): string {
  const lines = text.split("\n");
  const last = lines.length - 1;
  return lines
    .map((line, index) => (index === 0 ? line : line.trimStart()))
    .map((line, index) => (index === last ? line : line.trimEnd()))
    .filter((line, index) => line !== "" || index === 0 || index === last)
    .join(" ");
}

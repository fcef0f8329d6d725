import { expect, test } from "vitest";
import { createStyle } from "#means/style.ts";
import { pickColumns, renderTable, type Column } from "./table.ts";

interface Row {
  readonly name: string;
  readonly note: string;
}

const columns: readonly Column<Row>[] = [
  { name: "name", value: ({ name }) => name },
  { name: "note", value: ({ note }) => note, paint: (cell, _row, style) => style.green(cell) },
  { name: "length", shown: false, value: ({ name }) => String(name.length) },
];
const plain = createStyle(false);

test("cells stand below each other, and no line ends in a space", () => {
  const rows = [
    { name: "dev", note: "running" },
    { name: "a-longer-name", note: "" },
    { name: "日本", note: "two columns each" },
  ];

  expect(renderTable(rows, pickColumns(columns, []), plain).join("\n")).toMatchInlineSnapshot(`
    "NAME           NOTE
    dev            running
    a-longer-name
    日本           two columns each"
  `);
});

test("columns come in the order that was asked for", () => {
  expect(renderTable([{ name: "dev", note: "x" }], pickColumns(columns, ["length", "name"]), plain)).toEqual([
    "LENGTH  NAME",
    "3       dev",
  ]);
});

test("no rows leave the heading", () => {
  expect(renderTable([], pickColumns(columns, ["name"]), plain)).toEqual(["NAME"]);
});

test("colours do not move what follows", () => {
  const twoColumns = pickColumns(columns, ["note", "name"]);
  const [, line] = renderTable([{ name: "dev", note: "on" }], twoColumns, createStyle(true));

  expect(line).toBe("\u001b[32mon  \u001b[39m  dev");
});

test("a cell cannot break its line or reach the terminal", () => {
  const [, line] = renderTable([{ name: "a\nb\u001b]0;title\u0007", note: "c\rd" }], pickColumns(columns, []), plain);

  expect(line).toBe("a b   cd");
});

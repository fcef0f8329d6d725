import { expect, test } from "vitest";
import { readLog } from "./read-log.ts";

test("statements with their values, in order; other words are left out", () => {
  const log = [
    "2026-01-01 00:00:00.000 UTC [7] LOG:  statement: begin",
    "2026-01-01 00:00:00.000 UTC [8] LOG:  execute <unnamed>: select $1,",
    "\t  $2",
    "2026-01-01 00:00:00.000 UTC [7] LOG:  execute by-name: select 1",
    "2026-01-01 00:00:00.000 UTC [8] DETAIL:  Parameters: $1 = 'it''s, $9 = ''x''', $2 = NULL",
    "2026-01-01 00:00:00.001 UTC [9] ERROR:  no",
    "2026-01-01 00:00:00.001 UTC [9] STATEMENT:  select wrong",
    "2026-01-01 00:00:00.001 UTC [9] LOG:  checkpoint starting: time",
    "",
  ].join("\n");

  expect(readLog(log)).toEqual([
    { pid: 7, text: "begin", values: [] },
    { pid: 8, text: "select $1,\n  $2", values: ["it's, $9 = 'x'", null] },
    { pid: 7, text: "select 1", values: [] },
  ]);
});

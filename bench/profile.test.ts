import { expect, test } from "vitest";
import { renderProfile } from "./profile.ts";

const frame = (functionName: string, url = "", lineNumber = 0) => ({ functionName, url, lineNumber });

test("functions by their own time, of what was not idle", () => {
  const text = renderProfile({
    nodes: [
      { id: 1, callFrame: frame("(idle)") },
      { id: 2, callFrame: frame("claim", "file:///x/packages/server/src/claim.ts", 9) },
      { id: 3, callFrame: frame("", "file:///x/node_modules/pg/lib/client.js", 4) },
      { id: 4, callFrame: frame("claim", "file:///x/packages/server/src/claim.ts", 9) },
    ],
    samples: [1, 2, 3, 4],
    timeDeltas: [9_000, 1_000, 1_000, 2_000],
  });

  expect(text.split("\n").map((line) => line.trim().replace(/ {2,}/g, "|"))).toEqual([
    "75.0 %|3.0 ms|claim packages/server/src/claim.ts:10",
    "25.0 %|1.0 ms|(anonymous) node_modules/pg/lib/client.js:5",
  ]);
});

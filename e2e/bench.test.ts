import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { TestFolder } from "@hearth/base/test-folder";
import { expect, test } from "vitest";
import { measureSustained } from "../bench/benches/sustained.ts";
import type { Row } from "../bench/row.ts";

// That benches run at all; what they measure beside tests says nothing.

test("a bench of real agents, from its command line to its rows", async () => {
  await using folder = new TestFolder();
  const file = folder.join("rows.json");
  const ended = Promise.withResolvers<number | string>();
  const words = [join(import.meta.dirname, "../bench/main.ts"), "statements", "--runs", "1", "--json", file];
  const child = execFile(process.execPath, words, (error) => ended.resolve(error?.code ?? 0));
  let said = "";
  child.stdout?.on("data", (text: string) => (said += text));

  expect([0, 1]).toContain(await ended.promise); // 1: over its budget
  const rows = JSON.parse(await readFile(file, "utf8")) as Row[];
  expect(rows).toMatchObject([{ unit: "statements", runs: 1 }]);
  expect(said).toContain(rows[0]?.name);
});

test("a bench of simulated agents: every claim is one, and the pool is full again", async () => {
  const plan = { serverEnv: {}, note: () => undefined };

  const rows = await measureSustained({ size: 6, claims: 3, warmUps: 1, baselineSeconds: 0.1 }, plan);

  expect(rows).toMatchObject([
    { unit: "/s", runs: 3 },
    { unit: "/s", runs: 4 },
  ]);
  for (const { value, baseline = 1 } of rows) expect(Math.min(value, baseline)).toBeGreaterThan(0);
});

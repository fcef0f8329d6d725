import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { CliHome } from "#testing/captured-run.ts";
import { parseAssignments } from "./assignments.ts";
import { readValuesFile } from "./parameter-file.ts";

async function read(content: string): Promise<Record<string, string>> {
  await using home = await CliHome.create();
  const file = path.join(home.directory, "values.yaml");
  await writeFile(file, content);
  return Object.fromEntries(await readValuesFile(file));
}

test("names map to values, all of them texts and lists as JSON", async () => {
  await expect(read('cpus: 2\nfast: true\nname: "on"\nlist: [a, b]\n')).resolves.toEqual({
    cpus: "2",
    fast: "true",
    name: "on",
    list: '["a","b"]',
  });
  await expect(read('{"cpus": "2"}')).resolves.toEqual({ cpus: "2" });
  await expect(read("")).resolves.toEqual({});
});

test.for(["- a\n- b\n", "a: {b: c}\n", "just text"])("%j maps nothing", async (content) => {
  await expect(read(content)).rejects.toThrow("does not map names to values");
});

test("broken YAML and a missing file are said to be that", async () => {
  await expect(read("a: [")).rejects.toThrow("is no YAML");
  await expect(readValuesFile("/nowhere/values.yaml")).rejects.toThrow("The file /nowhere/values.yaml cannot be read.");
});

test("an assignment's value is all behind the first equals sign", () => {
  expect(Object.fromEntries(parseAssignments("--x", ["a=1", "b=c=d", "e="]))).toEqual({ a: "1", b: "c=d", e: "" });
  expect(() => parseAssignments("--x", ["=1"])).toThrow('--x takes name=value, not "=1"');
  expect(() => parseAssignments("--x", ["a"])).toThrow('--x takes name=value, not "a"');
});

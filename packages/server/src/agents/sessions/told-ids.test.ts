import { randomUUID } from "node:crypto";
import { uuidToBytes } from "@hearth/wire";
import { expect, test } from "vitest";
import { ToldIds } from "./told-ids.ts";

const ids = Object.fromEntries(["a", "b", "c", "d", "e", "f"].map((name) => [name, randomUUID()]));
const bytes = (name: string) => uuidToBytes(ids[name] ?? "");
const script = (id: string, source: string, text: string) => ({
  id: bytes(id),
  logSourceId: bytes(source),
  script: text,
});

test("what an agent names by an id of before is the same thing of now", () => {
  const told = new ToldIds();
  told.tell({ scripts: [script("a", "b", "x")], apps: [{ slug: "web", id: bytes("c") }] });
  expect(["a", "b", "c"].map((name) => told.now(ids[name] ?? ""))).toEqual([ids["a"], ids["b"], ids["c"]]);

  told.tell({ scripts: [script("d", "e", "x")], apps: [{ slug: "web", id: bytes("f") }] });

  expect(["a", "b", "c"].map((name) => told.now(ids[name] ?? ""))).toEqual([ids["d"], ids["e"], ids["f"]]);
  expect(told.now(ids["d"] ?? "")).toBe(ids["d"]);
});

test("another script in its place, and an app that is gone, are nobody's", () => {
  const told = new ToldIds();
  told.tell({ scripts: [script("a", "b", "x")], apps: [{ slug: "web", id: bytes("c") }] });

  told.tell({ scripts: [script("d", "e", "y")], apps: [] });

  expect(["a", "b", "c"].map((name) => told.now(ids[name] ?? ""))).toEqual([ids["a"], ids["b"], ids["c"]]);
});

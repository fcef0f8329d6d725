import type { Template, Workspace } from "@hearth/sdk";
import { expect, test } from "vitest";
import { paletteItems, workspaceWords } from "./palette-items.ts";

/** A workspace of which only the named parts are looked at. */
function workspace(name: string, status: Workspace["latest_build"]["status"], agent?: "connected"): Workspace {
  const agents = agent ? [{ status: agent, parent_id: null }] : [];
  return {
    id: name,
    name,
    owner_name: "alice",
    dormant_at: null,
    latest_build: { status, resources: [{ agents }] },
  } as unknown as Workspace;
}

const found = {
  workspaces: [workspace("dev", "running", "connected"), workspace("old", "stopped")],
  templates: [{ id: "node", name: "node", display_name: "Node.js" } as Template],
};

function labels(search: string): string[] {
  return paletteItems(search, found).map(({ label }) => label);
}

test("without a text it leads to workspaces and pages", () => {
  expect(labels("")).toEqual(["alice/dev", "alice/old", "Workspaces", "Templates", "Create a workspace"]);
});

test.for([
  ["stop", ["Stop alice/dev", "alice/old"]],
  ["start", ["Start alice/old", "Restart alice/dev"]],
  ["terminal", ["Terminal of alice/dev"]],
  ["create node", ["Create a workspace from Node.js"]],
  ["theme d", ["Theme: dark"]],
  ["stopped", ["alice/old"]],
  ["nothing like it", []],
] as const)("%s offers %o", ([search, expected]) => {
  expect(labels(search)).toEqual(expected);
});

test.for([
  ["", ""],
  ["dev", "dev"],
  ["stop dev", "dev"],
  ["alice/dev", "dev"],
  ["terminal of", ""],
] as const)("for %s the server searches %s", ([search, words]) => {
  expect(workspaceWords(search)).toBe(words);
});

import { expect, test } from "vitest";
import { parseWorkspaceReference, stripHostForm } from "./workspace-name.ts";

test.for([
  ["dev", { owner: "me", workspace: "dev", agent: "" }],
  ["dev.main", { owner: "me", workspace: "dev", agent: "main" }],
  ["ada/dev", { owner: "ada", workspace: "dev", agent: "" }],
  ["ada/dev.main", { owner: "ada", workspace: "dev", agent: "main" }],
  ["ada--dev", { owner: "ada", workspace: "dev", agent: "" }],
  ["ada--dev--main", { owner: "ada", workspace: "dev", agent: "main" }],
  ["my-dev", { owner: "me", workspace: "my-dev", agent: "" }],
] as const)("%s names a workspace", ([text, reference]) => {
  expect(parseWorkspaceReference(text)).toEqual(reference);
});

test.for(["", "/", "ada/", "/dev", ".main", "dev.", "dev.main.more", "a/b/c/d", "ada/.main"])(
  "%j names none",
  (text) => {
    expect(parseWorkspaceReference(text)).toBeUndefined();
  },
);

const form = { prefix: "hearth.", suffix: "hearth" };

test.for([
  ["hearth.dev", "dev"],
  ["hearth.dev.main", "dev.main"],
  ["hearth.ada--dev--main", "ada--dev--main"],
  ["dev.hearth", "dev"],
  ["dev.main.hearth", "dev.main"],
  ["main.dev.ada.hearth", "ada/dev.main"],
  ["dev", "dev"],
] as const)("host %s is %s", ([host, text]) => {
  expect(stripHostForm(host, form)).toBe(text);
});

test("without a form a host is a workspace's name", () => {
  expect(stripHostForm("hearth.dev", { prefix: "", suffix: "" })).toBe("hearth.dev");
});

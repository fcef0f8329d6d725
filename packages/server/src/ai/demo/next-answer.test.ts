import { expect, test } from "vitest";
import { nextAnswer, type DemoMessage } from "./next-answer.ts";

const tools = ["list_templates", "create_workspace", "execute", "write_file", "read_file"];
const user = (content: string): DemoMessage => ({ role: "user", content });
const called = (name: string, result: unknown): DemoMessage[] => [
  { role: "assistant", content: null, tool_calls: [{ function: { name } }] },
  { role: "tool", content: typeof result === "string" ? result : JSON.stringify(result) },
];

test("a workspace is created of the template that is recommended, and a program is written and run in it", () => {
  const asked = user("Create a workspace, then write a.py with `print(1)` and run `python3 a.py`");
  const listed = called("list_templates", { templates: [{ id: "t1" }, { id: "t2" }], recommended_template_id: "t2" });
  const created = called("create_workspace", { created: true, workspace_name: "ada/w" });
  const written = called("write_file", { ok: true });
  const ran = called("execute", { output: "1\n", success: true, exit_code: 0 });

  expect(nextAnswer([asked], tools).call).toEqual({ name: "list_templates", args: {} });
  expect(nextAnswer([asked, ...listed], tools).call).toEqual({ name: "create_workspace", args: { template_id: "t2" } });
  const third = nextAnswer([asked, ...listed, ...created], tools);
  expect(third.call).toEqual({ name: "write_file", args: { path: "a.py", content: "print(1)\n" } });
  expect(third.text).toContain("The workspace ada/w is there.");
  expect(nextAnswer([asked, ...listed, ...created, ...written], tools).call).toEqual({
    name: "execute",
    args: { command: "python3 a.py" },
  });
  const end = nextAnswer([asked, ...listed, ...created, ...written, ...ran], tools);
  expect(end.call).toBe(undefined);
  expect(end.text).toContain("```\n1\n```");
});

test("a template that is named is the one", () => {
  const asked = user("create a workspace from docker");
  const listed = called("list_templates", {
    templates: [
      { id: "t1", name: "local" },
      { id: "t2", name: "docker" },
    ],
  });

  expect(nextAnswer([asked], tools).call?.args).toEqual({ query: "docker" });
  expect(nextAnswer([asked, ...listed], tools).call?.args).toEqual({ template_id: "t2" });
});

test.for<[string, DemoMessage[], RegExp]>([
  ["introduces itself", [user("hello")], /demo model: a few rules/],
  ["says what it does not understand, and what it does", [user("sing")], /do not understand.*demo model/],
  [
    "tells a failure and stops",
    [user("run a then run b"), ...called("execute", { error: "no workspace" })],
    /did not work: no workspace/,
  ],
  ["takes a result that is no JSON for a failure", [user("run a"), ...called("execute", "boom")], /did not work: boom/],
  [
    "tells the exit code",
    [user("run false"), ...called("execute", { output: "", success: false, exit_code: 1 })],
    /printed nothing.[\s\S]*exit code 1/,
  ],
])("it %s", ([, messages, said]) => {
  const answer = nextAnswer(messages, tools);

  expect(answer.text).toMatch(said);
  expect(answer.call).toBe(undefined);
});

test("it says which tool it lacks", () => {
  expect(nextAnswer([user("run ls")], [])).toEqual({ text: expect.stringContaining("the tool execute") as string });
});

test("only what came after the last message of a person counts", () => {
  const before = [user("run a"), ...called("execute", { output: "old", exit_code: 0 })];

  expect(nextAnswer([...before, user("run b")], tools).call?.args).toEqual({ command: "b" });
});

import { expect, test } from "vitest";
import { readWishes, type Wish } from "./read-wishes.ts";

test.for<[string, Wish[]]>([
  ["Hello!", [{ kind: "greet" }]],
  ["What can you do?", [{ kind: "greet" }]],
  ["create a workspace", [{ kind: "create", template: undefined }]],
  ["Please create me a workspace from the template local", [{ kind: "create", template: "local" }]],
  ["run uname -a", [{ kind: "run", command: "uname -a" }]],
  ["Run `ls -la && pwd`.", [{ kind: "run", command: "ls -la && pwd" }]],
  ["write hello.py with print('hi')", [{ kind: "write", path: "hello.py", content: "print('hi')\n" }]],
  [
    "write /tmp/a.sh:\n```sh\necho one\necho two\n```",
    [{ kind: "write", path: "/tmp/a.sh", content: "echo one\necho two\n" }],
  ],
  ["read ~/notes.txt", [{ kind: "read", path: "~/notes.txt" }]],
  [
    "Create a workspace, then write a.py with `print(1)` and run `python3 a.py`",
    [
      { kind: "create", template: undefined },
      { kind: "write", path: "a.py", content: "print(1)\n" },
      { kind: "run", command: "python3 a.py" },
    ],
  ],
  ["run `true and then run`", [{ kind: "run", command: "true and then run" }]],
  ["tell me about the weather", []],
])("%j is understood as %j", ([text, wishes]) => {
  expect(readWishes(text)).toEqual(wishes);
});

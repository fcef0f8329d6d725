import { expect, test } from "vitest";
import { parsePlace } from "./place.ts";

test.for<[text: string, workspace: string | undefined, path: string]>([
  ["dev:a/b", "dev", "a/b"],
  ["ada/dev:a", "ada/dev", "a"],
  ["dev.main:~/a:b", "dev.main", "~/a:b"],
  ["dev:", "dev", ""],
  ["a/b", undefined, "a/b"],
  ["-", undefined, "-"],
  ["./dev:a", undefined, "./dev:a"],
  ["/tmp/dev:a", undefined, "/tmp/dev:a"],
  [":a", undefined, ":a"],
  ["C:\\a", undefined, "C:\\a"],
])("%s", ([text, workspace, path]) => {
  expect(parsePlace(text)).toEqual({ workspace, path });
});

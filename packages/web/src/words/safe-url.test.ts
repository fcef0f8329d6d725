import { expect, test } from "vitest";
import { safeUrl } from "./safe-url.ts";

test.for([
  ["https://example.com/app", "https://example.com/app"],
  ["vscode://coder.coder-remote/open?owner=me", "vscode://coder.coder-remote/open?owner=me"],
  ["javascript:alert(1)", undefined],
  [" JaVaScRiPt:alert(1)", undefined],
  ["java\nscript:alert(1)", undefined],
  ["data:text/html,<script>", undefined],
  ["blob:https://example.com/1", undefined],
  ["/relative", undefined],
  ["", undefined],
  [undefined, undefined],
] as const)("%s links to %s", ([address, url]) => {
  expect(safeUrl(address)).toBe(url);
});

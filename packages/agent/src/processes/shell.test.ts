import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { findLoginShell } from "#processes/shell.ts";

test("there is always a shell, and it exists", () => {
  for (const SHELL of [undefined, "", "/bin/sh", "/usr/sbin/nologin", "/no/such/shell"]) {
    const shell = findLoginShell({ SHELL });

    expect(existsSync(shell), shell).toBe(true);
    expect(shell).not.toContain("nologin");
  }
});

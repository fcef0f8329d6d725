import { chmodSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TestFolder } from "@hearth/base/test-folder";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readConfig } from "#config.ts";
import { createLogger, toLevel } from "#stderr-logger.ts";
import { version } from "#version.ts";

const env = { HEARTH_AGENT_URL: "https://hearth.example/sub", CODER_AGENT_TOKEN: "token", HOME: "/home/dev" };

let scratch: TestFolder;
let tmp: string;
const before = process.env.TMPDIR;
beforeEach(() => {
  scratch = new TestFolder();
  tmp = scratch.path;
  process.env.TMPDIR = tmp;
});
afterEach(async () => {
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  await scratch[Symbol.asyncDispose]();
});

test("settings may have either prefix, and ours goes first", () => {
  const config = readConfig({ ...env, CODER_AGENT_URL: "http://other", HEARTH_AGENT_BLOCK_FILE_TRANSFER: "true" });

  expect(config).toMatchObject({
    serverUrl: "https://hearth.example/sub",
    token: "token",
    home: "/home/dev",
    policy: { blocksFileTransfer: true, blocksLocalForwarding: false, blocksReverseForwarding: false },
  });
});

test("a token may be in a file", () => {
  const file = join(tmp, "token");
  writeFileSync(file, "secret\n");

  expect(readConfig({ ...env, CODER_AGENT_TOKEN: "", CODER_AGENT_TOKEN_FILE: file }).token).toBe("secret");
});

test.for([
  [{ HEARTH_AGENT_URL: undefined }, "set HEARTH_AGENT_URL"],
  [{ HEARTH_AGENT_URL: "ftp://x" }, "http or https"],
  [{ HEARTH_AGENT_URL: "hearth" }, "http or https"],
  [{ CODER_AGENT_TOKEN: undefined }, "set HEARTH_AGENT_TOKEN"],
  [{ CODER_AGENT_TOKEN: undefined, HEARTH_AGENT_TOKEN_FILE: "/no/such/file" }, "/no/such/file"],
] as const)("with %j the agent says what is wrong", ([change, words]) => {
  expect(() => readConfig({ ...env, ...change })).toThrow(words);
});

test("the agent's folder is private, the same after a restart, and never somebody else's", () => {
  const withId = { ...env, HEARTH_WORKSPACE_ID: "w" };
  const first = readConfig(withId).runDirectory;

  expect(first).toBe(join(tmp, "hearth-agent-w"));
  expect(lstatSync(first).mode & 0o777).toBe(0o700);
  expect(readConfig(withId).runDirectory).toBe(first);
  chmodSync(first, 0o755);
  expect(readConfig(withId).runDirectory).not.toBe(first);
  mkdirSync(join(tmp, "trap"));
  symlinkSync(join(tmp, "trap"), join(tmp, "hearth-agent-x"));
  // Another one, whose name is drawn: it may begin with any letter, the x among them.
  const other = readConfig({ ...env, HEARTH_WORKSPACE_ID: "x" }).runDirectory;
  expect(other).not.toBe(join(tmp, "hearth-agent-x"));
  expect(lstatSync(other)).toMatchObject({ mode: 0o40700, uid: process.getuid?.() });
});

test("a line of the log is one line of JSON, with the error's causes, and levels below are left out", () => {
  const lines: string[] = [];
  const log = createLogger({ level: toLevel("INFO"), write: (line) => lines.push(line), now: () => 0 }).child({
    part: "x",
  });

  log.debug({}, "never");
  log.warn({ err: new Error("outer\nline", { cause: new Error("inner") }), size: 1n }, "something happened");

  expect(lines).toHaveLength(1);
  expect(lines[0]?.endsWith("\n")).toBe(true);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    level: "warn",
    time: "1970-01-01T00:00:00.000Z",
    part: "x",
    msg: "something happened",
    size: "1",
    err: { type: "Error", message: "outer\nline", cause: { message: "inner" } },
  });
  expect(toLevel("loud")).toBe("info");
});

test("the version is the package's", () => {
  const manifest: unknown = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8"));

  expect(manifest).toMatchObject({ version });
});

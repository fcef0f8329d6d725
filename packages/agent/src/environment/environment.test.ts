import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "@hearth/base";
import { recordingLogger } from "@hearth/base/recording-logger";
import { TestFolder } from "@hearth/base/test-folder";
import { create, type MessageInitShape, uuidToBytes } from "@hearth/wire";
import { ManifestSchema, WorkspaceSecretSchema } from "@hearth/wire/agent-proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { buildEnvironment, type Host } from "#environment/environment.ts";
import { expandPath, expandVariables } from "#environment/expand.ts";
import { writeSecretFiles } from "#environment/secret-files.ts";

const workspaceId = "6d9ab2ae-7ab0-4a3a-8bc3-5f6a3c1b8f11";
const host: Host = {
  processEnv: { PATH: "/usr/bin", HOME: "/home/dev", FROM_PROCESS: "1", HEARTH_AGENT_TOKEN_FILE: "/token" },
  home: "/home/dev",
  userName: "dev",
  shell: "/bin/zsh",
  serverUrl: "https://hearth.example/",
  token: "the-token",
  binDirectory: "/run/agent/bin",
};

function env(manifest: MessageInitShape<typeof ManifestSchema> = {}, more: Partial<Host> = {}): Record<string, string> {
  return buildEnvironment(
    { ...host, ...more },
    create(ManifestSchema, { workspaceId: uuidToBytes(workspaceId), ...manifest }),
  );
}

const secret = (envName: string, value: string) => ({ envName, value: Buffer.from(value) });

test("the workspace's names are there under Coder's prefix and ours", () => {
  const built = env({ workspaceName: "mine", agentName: "main", ownerUsername: "ada" });

  for (const prefix of ["CODER", "HEARTH"]) {
    expect(built).toMatchObject({
      [prefix]: "true",
      [`${prefix}_WORKSPACE_NAME`]: "mine",
      [`${prefix}_WORKSPACE_AGENT_NAME`]: "main",
      [`${prefix}_WORKSPACE_OWNER_NAME`]: "ada",
      [`${prefix}_WORKSPACE_ID`]: workspaceId,
      [`${prefix}_AGENT_TOKEN`]: "the-token",
      [`${prefix}_AGENT_URL`]: "https://hearth.example/",
    });
  }
});

test("a secret is taken word for word, a template's variable is expanded, and the secret wins [agents 113]", () => {
  const built = env({
    environmentVariables: { WHERE: "$HOME/x:${PATH}:$NOBODY", BOTH: "template" },
    secrets: [secret("PASSWORD", "a$HOME$(id)`id`"), secret("BOTH", "secret"), secret("", "a file only")],
  });

  expect(built).toMatchObject({ WHERE: "/home/dev/x:/usr/bin:", PASSWORD: "a$HOME$(id)`id`", BOTH: "secret" });
});

test("what engines find processes by cannot be overridden, everything else of ours can", () => {
  const built = env({
    environmentVariables: { HEARTH_WORKSPACE_ID: "other", CODER_WORKSPACE_NAME: "renamed", SHELL: "/bin/sh" },
  });

  expect(built).toMatchObject({ HEARTH_WORKSPACE_ID: workspaceId, CODER_WORKSPACE_NAME: "renamed", SHELL: "/bin/sh" });
});

test("scripts' programs come first in PATH, also when there was none", () => {
  expect(env()["PATH"]).toBe("/run/agent/bin:/usr/bin");
  expect(env({ environmentVariables: { PATH: "/opt/bin:$PATH" } })["PATH"]).toBe("/run/agent/bin:/opt/bin:/usr/bin");
  expect(env({}, { processEnv: {} })["PATH"]).toMatch(/^\/run\/agent\/bin:.*\/usr\/bin/);
});

test("a bare environment becomes one that a login would have", () => {
  expect(env({}, { processEnv: {} })).toMatchObject({
    HOME: "/home/dev",
    USER: "dev",
    LOGNAME: "dev",
    SHELL: "/bin/zsh",
  });
});

test("what is the agent's own stays its own", () => {
  expect(env()).not.toHaveProperty("HEARTH_AGENT_TOKEN_FILE");
  expect(env()).toMatchObject({ FROM_PROCESS: "1" });
});

test.for([
  ["$A", "1"],
  ["${A}$B", "12"],
  ["a$", "a$"],
  ["$1 $$A ${", "$1 $1 ${"],
  ["$UNKNOWN|${UNKNOWN}", "|"],
  ["no variable", "no variable"],
])("%s expands to %s", ([text, expected]) => {
  expect(expandVariables(text as string, { A: "1", B: "2" })).toBe(expected);
});

test("a text without a dollar is never changed", () => {
  fc.assert(
    fc.property(
      fc.string().filter((text) => !text.includes("$")),
      (text) => expandVariables(text, { A: "1" }) === text,
    ),
  );
});

test.for([
  ["~", "/home/dev"],
  ["~/logs/a.log", "/home/dev/logs/a.log"],
  ["$HOME/a", "/home/dev/a"],
  ["/var/log/a", "/var/log/a"],
  ["a/b", "/base/a/b"],
  ["~other", "/base/~other"],
])("the path %s is %s", ([path, expected]) => {
  expect(expandPath(path as string, { env: {}, home: "/home/dev", base: "/base" })).toBe(expected);
});

test("secrets become files that only we can read, in place of what was there; one that cannot does not stop others", async () => {
  await using scratch = new TestFolder();
  const home = scratch.path;
  const log = recordingLogger();
  const file = (filePath: string, value: string) =>
    create(WorkspaceSecretSchema, { filePath, value: Buffer.from(value) });

  await writeSecretFiles([file("~/.config/key", "old")], { env: {}, home, log: silentLogger });
  await writeSecretFiles([file("~/.config/key/below a file", "x"), file("~/.config/key", "new")], {
    env: {},
    home,
    log,
  });

  const path = join(home, ".config/key");
  expect(await readFile(path, "utf8")).toBe("new");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(log.lines.map(({ level, fields }) => [level, fields["path"]])).toEqual([
    ["warn", join(home, ".config/key/below a file")],
  ]);
  expect(JSON.stringify(log.lines)).not.toContain('"x"');
});

import { lstatSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { homedir, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { AgentOptions } from "#agent-options.ts";
import { findLoginShell } from "#processes/shell.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** What cannot be left out, or makes no sense. The message says what to do. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

export type AgentConfig = Omit<AgentOptions, "version" | "loadPty" | "clock" | "log" | "random">;

/**
 * Reads the agent's settings from its environment. Every one may have Coder's prefix instead of ours; ours goes first.
 *
 * `AGENT_URL` and `AGENT_TOKEN` (or `AGENT_TOKEN_FILE`) are needed. `AGENT_DATA_DIR` (sockets and scripts' data; by default
 * below the temporary directory), `AGENT_LOG_DIR` (scripts' log files), `AGENT_BLOCK_FILE_TRANSFER`,
 * `AGENT_BLOCK_LOCAL_PORT_FORWARDING` and `AGENT_BLOCK_REVERSE_PORT_FORWARDING` are choices.
 * @throws ConfigError
 */
export function readConfig(env: Env): AgentConfig {
  const setting = (name: string): string | undefined => env[`HEARTH_${name}`] || env[`CODER_${name}`] || undefined;
  const isOn = (name: string): boolean => /^(1|t|true|yes|on)$/i.test(setting(name) ?? "");
  const home = env.HOME || homedir();
  const runDirectory = setting("AGENT_DATA_DIR") ?? privateDirectory(setting("WORKSPACE_ID"));
  return {
    serverUrl: readUrl(setting("AGENT_URL")),
    token: readToken(setting("AGENT_TOKEN"), setting("AGENT_TOKEN_FILE")),
    home,
    userName: env.USER || nameOfUser(),
    shell: findLoginShell(env),
    processEnv: env,
    runDirectory,
    logDirectory: setting("AGENT_LOG_DIR") ?? join(runDirectory, "logs"),
    policy: {
      blocksFileTransfer: isOn("AGENT_BLOCK_FILE_TRANSFER"),
      blocksLocalForwarding: isOn("AGENT_BLOCK_LOCAL_PORT_FORWARDING"),
      blocksReverseForwarding: isOn("AGENT_BLOCK_REVERSE_PORT_FORWARDING"),
    },
  };
}

function readUrl(text: string | undefined): string {
  if (text === undefined) {
    throw new ConfigError("The agent does not know its server: set HEARTH_AGENT_URL to the server's address.");
  }
  const url = URL.parse(text);
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new ConfigError(`HEARTH_AGENT_URL is "${text}"; it must be an http or https address.`);
  }
  return url.href;
}

function readToken(token: string | undefined, file: string | undefined): string {
  if (token !== undefined) return token.trim();
  if (file === undefined) {
    throw new ConfigError(
      "The agent has no token: set HEARTH_AGENT_TOKEN, or HEARTH_AGENT_TOKEN_FILE to a file with it.",
    );
  }
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new ConfigError(`The agent's token cannot be read from ${file}: ${String(error)}.`, { cause: error });
  }
}

function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "user"); // no entry for this uid: common in containers
  }
}

/**
 * A folder below the temporary directory that only we can reach, the same after a restart. Somebody else's folder of
 * that name (the directory may be shared) is not used.
 */
function privateDirectory(workspaceId: string | undefined): string {
  const uid = process.getuid?.() ?? 0;
  const path = join(tmpdir(), `hearth-agent-${workspaceId ?? uid}`);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const stats = lstatSync(path);
    if (stats.isDirectory() && stats.uid === uid && (stats.mode & 0o077) === 0) return path;
  } catch {
    // taken by something that is no folder: as below
  }
  return mkdtempSync(join(tmpdir(), "hearth-agent-"));
}

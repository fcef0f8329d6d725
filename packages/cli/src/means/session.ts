import { mkdir, rm } from "node:fs/promises";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Env } from "./means.ts";
import { UsageError } from "./failure.ts";
import { writeFileAtomically } from "./write-file.ts";

export interface Credentials {
  readonly url: string;
  readonly token: string;
}

/** Which server, and as whom. */
export interface Session {
  /** Root of the server without a slash at the end; `undefined` when nothing names one. */
  readonly url: string | undefined;
  /** `undefined` when nobody is logged in there. */
  readonly token: string | undefined;
  /** The token of a flag or the environment; a saved one is not given. */
  readonly givenToken: string | undefined;
  /** Where the files `url` and `session` are. */
  readonly directory: string;
  /** The server that the files name, whatever flags and environment say. */
  readonly savedUrl: string | undefined;
  /** Whether nobody has logged in from here yet, nor out: neither file is there. */
  readonly isFresh: boolean;
  /** Keeps both for the commands to come; the token can be read by its owner alone. */
  save(credentials: Credentials): Promise<void>;
  /** Keeps the address and drops the token. */
  forget(): Promise<void>;
}

export interface SessionFlags {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly globalConfig?: string | undefined;
}

/**
 * Finds address and token: flags first, then the environment (`HEARTH_…`, else `CODER_…`), then the files.
 *
 * A saved token is used only for the saved address: another server is never shown it.
 */
export function openSession(flags: SessionFlags, env: Env, home: string): Session {
  const directory = path.resolve(flags.globalConfig ?? setting(env, "CONFIG_DIR") ?? defaultDirectory(env, home));
  const saved = { url: readSetting(directory, "url"), token: readSetting(directory, "session") };
  const savedUrl = saved.url === undefined ? undefined : normalizeUrl(saved.url);
  const given = flags.url ?? setting(env, "URL");
  const url = given === undefined ? savedUrl : normalizeUrl(given);
  const givenToken = flags.token ?? setting(env, "SESSION_TOKEN");

  return {
    url,
    givenToken,
    token: givenToken ?? (url === savedUrl ? saved.token : undefined),
    directory,
    savedUrl,
    isFresh: saved.url === undefined && saved.token === undefined,
    async save(credentials) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await writeFileAtomically(path.join(directory, "url"), `${credentials.url}\n`, 0o600);
      await writeFileAtomically(path.join(directory, "session"), `${credentials.token}\n`, 0o600);
    },
    async forget() {
      await rm(path.join(directory, "session"), { force: true });
    },
  };
}

/** A `HEARTH_` setting, by its old name too; an empty one counts as not given. */
function setting(env: Env, name: string): string | undefined {
  return env[`HEARTH_${name}`] || env[`CODER_${name}`] || undefined;
}

/** Where address and session are kept, unless told otherwise. */
export function defaultDirectory(env: Env, home: string): string {
  return path.join(env["XDG_CONFIG_HOME"] || path.join(home, ".config"), "hearth");
}

function readSetting(directory: string, name: string): string | undefined {
  try {
    return readFileSync(path.join(directory, name), "utf8").trim() || undefined;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return undefined;
    throw error;
  }
}

/**
 * An address as typed, as the root of a server: `hearth.example.com` is https, this machine http.
 * @throws UsageError when it is no address.
 */
export function normalizeUrl(text: string): string {
  const withScheme = /^https?:\/\//i.test(text) ? text : `${isLoopback(text) ? "http" : "https"}://${text}`;
  const url = URL.parse(withScheme);
  if (url === null || url.hostname === "")
    throw new UsageError(`"${text}" is no address of a server, like https://hearth.example.com`);
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

function isLoopback(text: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?:[:/]|$)/i.test(text);
}

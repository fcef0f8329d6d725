/** The version that our agent asks for: the lowest that has all it uses, so that older servers take it, too. */
export const agentApiVersion = "2.10";
/**
 * The newest version that our server speaks; it takes every earlier minor one. Agents that ask for more than a server
 * speaks do not step down. What came after 2.10: counts of sessions by app (2.11), a client's id in telemetry that nobody
 * here reads (2.12), the app of a connection by name (2.13).
 */
export const serverApiVersion = "2.13";
/** What a connection without a `version` speaks. */
export const defaultApiVersion = "2.0";

const supported = { major: 2, minor: 13 };

export interface ApiVersion {
  readonly major: number;
  readonly minor: number;
}

/** The two numbers of a version such as `2.10`, or `undefined` for anything else. */
export function parseApiVersion(text: string): ApiVersion | undefined {
  const match = /^(0|[1-9]\d{0,4})\.(0|[1-9]\d{0,4})$/.exec(text);
  return match ? { major: Number(match[1]), minor: Number(match[2]) } : undefined;
}

/**
 * Whether a server serves a peer that asks for `version` (`undefined`: nothing was said, which means 2.0).
 *
 * Versions are additive: an older minor one is served as it is, a newer one counts on calls we do not know. `problem` is
 * a sentence for the validation error that names `version`.
 * @see agents.md §3
 */
export function acceptApiVersion(
  version: string | undefined,
): { ok: true; version: ApiVersion } | { ok: false; problem: string } {
  const parsed = parseApiVersion(version ?? defaultApiVersion);
  if (!parsed) return { ok: false, problem: `"${version}" is not a version; write it as "${serverApiVersion}".` };
  if (parsed.major !== supported.major) {
    return { ok: false, problem: `Version ${version} is not spoken here; ask for 2.0 to ${serverApiVersion}.` };
  }
  if (parsed.minor > supported.minor) {
    return {
      ok: false,
      problem: `Version ${version} is newer than this server, which speaks 2.0 to ${serverApiVersion}.`,
    };
  }
  return { ok: true, version: parsed };
}

/** Whether a peer of `version` has what `since` (such as `2.4`) added. @throws RangeError when `since` is no version. */
export function hasApiVersion(version: ApiVersion, since: string): boolean {
  const wanted = parseApiVersion(since);
  if (!wanted) throw new RangeError(`"${since}" is not a version.`);
  return version.major === wanted.major && version.minor >= wanted.minor;
}

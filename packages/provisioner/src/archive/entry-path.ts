import { ArchiveError, type ArchiveLimits } from "./limits.ts";

const encoder = new TextEncoder();

/**
 * The path of an entry, relative to the archive's root, without `.` segments, slashes at the ends or doubled ones; `""`
 * is the root itself.
 * @throws ArchiveError `unsafe_path` for whatever could land outside the root or means different things to different programs
 */
export function entryPath(raw: string, limits: ArchiveLimits): string {
  const shown = JSON.stringify(raw.length > 200 ? `${raw.slice(0, 200)}…` : raw);
  const refuse = (why: string): ArchiveError =>
    new ArchiveError("unsafe_path", `The archive's entry ${shown} ${why}.`, { path: raw });
  if (raw === "") throw refuse("has no name");
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  if (/[\u0000-\u001f\u007f]/.test(raw)) throw refuse("has control characters in its name");
  if (raw.includes("\uFFFD")) throw refuse("has a name that is not UTF-8");
  if (raw.includes("\\")) throw refuse("has a backslash in its name; separate directories with /");
  if (raw.startsWith("/") || /^[a-zA-Z]:/.test(raw)) throw refuse("has an absolute path; paths must be relative");
  if (encoder.encode(raw).length > limits.pathBytes) throw refuse(`is longer than ${limits.pathBytes} bytes`);
  const segments = raw.split("/").filter((segment) => segment !== "" && segment !== ".");
  if (segments.includes("..")) throw refuse("leads out of its directory with ..");
  if (segments.length > limits.depth) throw refuse(`lies more than ${limits.depth} directories deep`);
  return segments.join("/");
}

/** Where a link at `from` points to, relative to the root; `undefined` when that is outside. */
export function linkTarget(from: string, target: string): string | undefined {
  if (target === "" || target.startsWith("/") || target.includes("\\") || target.includes("\0")) return undefined;
  const segments = from.split("/").slice(0, -1);
  for (const segment of target.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  return segments.join("/");
}

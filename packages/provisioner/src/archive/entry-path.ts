import { ArchiveError, type ArchiveLimits } from "./limits.ts";

const encoder = new TextEncoder();

/** A name as messages show it. */
export function shownName(raw: string): string {
  return JSON.stringify(raw.length > 200 ? `${raw.slice(0, 200)}…` : raw);
}

/**
 * The path of an entry, relative to the archive's root, without `.` segments, slashes at the ends or doubled ones; `""`
 * is the root itself.
 * @throws ArchiveError `unsafe_path` for whatever could land outside the root or means different things to different
 *   programs, `too_big` for paths that are too long or too deep
 */
export function entryPath(raw: string, limits: ArchiveLimits): string {
  const shown = shownName(raw);
  const refuse = (why: string): ArchiveError =>
    new ArchiveError("unsafe_path", `The archive's entry ${shown} ${why}.`, { path: raw });
  const tooBig = (limit: "pathBytes" | "depth", why: string): ArchiveError =>
    new ArchiveError("too_big", `The archive's entry ${shown} ${why}.`, {
      path: raw.slice(0, limits.pathBytes),
      limit,
    });
  if (raw === "") throw refuse("has no name");
  if (isLongerThan(raw, limits.pathBytes)) throw tooBig("pathBytes", `is longer than ${limits.pathBytes} bytes`);
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  if (/[\u0000-\u001f\u007f]/.test(raw)) throw refuse("has control characters in its name");
  if (raw.includes("\uFFFD")) throw refuse("has a name that is not UTF-8");
  if (raw.includes("\\")) throw refuse("has a backslash in its name; separate directories with /");
  if (raw.startsWith("/") || /^[a-zA-Z]:/.test(raw)) throw refuse("has an absolute path; paths must be relative");
  const segments = raw.split("/").filter((segment) => segment !== "" && segment !== ".");
  if (segments.includes("..")) throw refuse("leads out of its directory with ..");
  if (segments.length > limits.depth) throw tooBig("depth", `lies more than ${limits.depth} directories deep`);
  return segments.join("/");
}

/** Where a link at `from` points to, relative to the root; `undefined` when that is outside. */
export function linkTarget(from: string, target: string, limits: ArchiveLimits): string | undefined {
  if (isLongerThan(target, limits.pathBytes)) {
    const why = `points at something longer than ${limits.pathBytes} bytes`;
    throw new ArchiveError("too_big", `The archive's link ${shownName(from)} ${why}.`, {
      path: from,
      limit: "pathBytes",
    });
  }
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  if (target === "" || target.startsWith("/") || /[\\\u0000-\u001f\u007f]/.test(target)) return undefined;
  const segments = from.split("/").slice(0, -1);
  for (const segment of target.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  return segments.join("/");
}

/** What a symbolic link at `from` says to point at `to`; both are paths from the root. */
export function relativeTarget(from: string, to: string): string {
  const above = from.split("/").slice(0, -1);
  const segments = to.split("/").filter((segment) => segment !== "");
  let shared = 0;
  while (shared < above.length && above[shared] === segments[shared]) shared++;
  return [...above.slice(shared).map(() => ".."), ...segments.slice(shared)].join("/") || ".";
}

function isLongerThan(text: string, bytes: number): boolean {
  // No character has fewer bytes than code units.
  return text.length > bytes || encoder.encode(text).length > bytes;
}

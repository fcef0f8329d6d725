import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** Numbers that no system hands out: above what systemd gives to containers, below the sign of 32 bits. */
const firstUid = 0x7000_0000;
const uidCount = 0x0fff_ffff;

/**
 * Whom a sandboxed workspace's processes are when the daemon is root: one user a workspace, worked out from its id.
 * `undefined` when the daemon is no root, or root of so small a world that there is no other user in it: then it is no
 * danger to the host either.
 */
export async function sandboxUid(workspaceId: string): Promise<number | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const choice = Number.parseInt(workspaceId.replaceAll("-", "").slice(0, 7), 16) || 0;
  const ranges = (await readFile("/proc/self/uid_map", "utf8"))
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  for (const [start = 0, , count = 0] of ranges) {
    if (start <= firstUid && start + count >= firstUid + uidCount) return firstUid + (choice % uidCount);
  }
  // A container's root: its users end at 65,535 or so. The upper half belongs to nobody but `nobody`, the last but one.
  const [largest] = ranges.toSorted((a, b) => (b[2] ?? 0) - (a[2] ?? 0));
  const [start = 0, , count = 0] = largest ?? [];
  const half = Math.floor(count / 2);
  return half < 2 ? undefined : start + half + (choice % (half - 2));
}

/** What opens in terminals when a template does not set SHELL. */
export function userShell(): string {
  return existsSync("/bin/bash") ? "/bin/bash" : "/bin/sh";
}

/** `/etc/passwd` and `/etc/group` as a workspace sees them: the host's, and itself under the name it was given. */
export async function userFiles(user: string, uid: number, home: string): Promise<{ passwd: string; group: string }> {
  const [passwd, group] = await Promise.all([readFile("/etc/passwd", "utf8"), readFile("/etc/group", "utf8")]);
  const others = (text: string): string[] =>
    text.split("\n").filter((line) => {
      const [name, , id] = line.split(":");
      return line !== "" && name !== user && id !== String(uid);
    });
  return {
    passwd: [`${user}:x:${uid}:${uid}:Hearth workspace:${home}:${userShell()}`, ...others(passwd), ""].join("\n"),
    group: [`${user}:x:${uid}:`, ...others(group), ""].join("\n"),
  };
}

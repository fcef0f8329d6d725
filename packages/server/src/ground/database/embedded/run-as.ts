import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { EmbeddedPostgresError } from "./errors.ts";

/** The user PostgreSQL runs as: ourselves, or an unprivileged one when we are root, as whom it refuses to run. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
  /** Whether that is another user than ours, so that files must be given to it and processes started as it. */
  readonly isOther: boolean;
  readonly name: string;
}

/** What Debian and most others give to `nobody`, for machines whose `/etc/passwd` does not say. */
const usualNobody = 65_534;

/** Who runs PostgreSQL on `clusterDir`: its owner where there is one, else `nobody` for root and ourselves for others. */
export async function findRunAs(clusterDir: string): Promise<RunAs> {
  const uid = process.geteuid?.() ?? 0;
  const gid = process.getegid?.() ?? 0;
  const owner = await ownerOf(clusterDir);
  if (uid !== 0) {
    if (owner !== undefined && owner.uid !== uid) {
      throw new EmbeddedPostgresError(
        `The database in ${clusterDir} belongs to user ${owner.uid}, and Hearth runs as user ${uid}; run it as that user, or give the data directory to this one (chown -R ${uid} ${dirname(clusterDir)}).`,
        { cause: undefined },
      );
    }
    return { uid, gid, isOther: false, name: `user ${uid}` };
  }
  const users = await readUsers();
  // A restored or moved directory may belong to whoever ran Hearth there; PostgreSQL insists on its owner.
  if (owner !== undefined && owner.uid !== 0) {
    const name = users.find((user) => user.uid === owner.uid)?.name ?? `user ${owner.uid}`;
    return { uid: owner.uid, gid: owner.gid, isOther: true, name };
  }
  const nobody = users.find((user) => user.name === "nobody");
  return { uid: nobody?.uid ?? usualNobody, gid: nobody?.gid ?? usualNobody, isOther: true, name: "nobody" };
}

/**
 * The first directory from the root down to `path` (included) that the user may not enter, `undefined` when it can
 * enter them all. Looks at modes only; access lists are rare and speak for themselves when PostgreSQL meets them.
 */
export async function findClosedDirectory(path: string, { uid, gid }: RunAs): Promise<string | undefined> {
  const directories: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    directories.unshift(at);
    if (at === dirname(at)) break;
  }
  for (const directory of directories) if (!canEnter(await stat(directory), uid, gid)) return directory;
  return undefined;
}

/** Whether the user may enter a directory of this mode and owner. Pure. */
export function canEnter(directory: { mode: number; uid: number; gid: number }, uid: number, gid: number): boolean {
  if (directory.uid === uid) return (directory.mode & 0o100) !== 0;
  if (directory.gid === gid) return (directory.mode & 0o010) !== 0;
  return (directory.mode & 0o001) !== 0;
}

async function ownerOf(path: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const { uid, gid } = await stat(path);
    return { uid, gid };
  } catch {
    return undefined; // not there yet; a path that cannot be read fails with its reason where it is first used
  }
}

interface User {
  name: string;
  uid: number;
  gid: number;
}

async function readUsers(): Promise<User[]> {
  let text: string;
  try {
    text = await readFile("/etc/passwd", "utf8");
  } catch {
    return []; // the smallest containers have none; the usual numbers are used then
  }
  return text
    .split("\n")
    .map((line) => line.split(":"))
    .filter((fields) => fields.length >= 4)
    .map((fields) => ({ name: fields[0] ?? "", uid: Number(fields[2]), gid: Number(fields[3]) }));
}

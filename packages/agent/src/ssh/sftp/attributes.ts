import type { Stats } from "node:fs";
import type { PacketReader, PacketWriter } from "#ssh/sftp/packets.ts";

/** What a client asks to be set; each part only when it was sent. Times are whole seconds. */
export interface Attributes {
  readonly sizeBytes?: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly mode?: number;
  readonly times?: { readonly accessed: number; readonly modified: number };
}

const flag = { size: 1, owner: 2, mode: 4, times: 8, extended: 0x8000_0000 } as const;

export function readAttributes(reader: PacketReader): Attributes {
  const flags = reader.u32();
  const attributes: Attributes = {
    ...(flags & flag.size ? { sizeBytes: reader.u64() } : {}),
    ...(flags & flag.owner ? { owner: { uid: reader.u32(), gid: reader.u32() } } : {}),
    ...(flags & flag.mode ? { mode: reader.u32() & 0o7777 } : {}),
    ...(flags & flag.times ? { times: { accessed: reader.u32(), modified: reader.u32() } } : {}),
  };
  if (flags & flag.extended) {
    for (let pairs = reader.u32(); pairs > 0; pairs--) {
      reader.bytes();
      reader.bytes();
    }
  }
  return attributes;
}

export function writeAttributes(writer: PacketWriter, stats: Stats): PacketWriter {
  return writer
    .u32(flag.size | flag.owner | flag.mode | flag.times)
    .u64(Math.max(0, stats.size))
    .u32(stats.uid)
    .u32(stats.gid)
    .u32(stats.mode)
    .u32(wholeSeconds(stats.atimeMs))
    .u32(wholeSeconds(stats.mtimeMs));
}

function wholeSeconds(ms: number): number {
  return Math.min(0xffff_ffff, Math.max(0, Math.floor(ms / 1000)));
}

const typeLetters: Readonly<Record<number, string>> = {
  0o140000: "s",
  0o120000: "l",
  0o100000: "-",
  0o060000: "b",
  0o040000: "d",
  0o020000: "c",
  0o010000: "p",
};

/** The line of `ls -l` without the name; clients show it as it is. Times are in the workspace's zone. */
export function longListing(stats: Stats, nowMs: number): string {
  const bits = [0o400, 0o200, 0o100, 0o40, 0o20, 0o10, 0o4, 0o2, 0o1];
  const letters = bits.map((bit, index) => (stats.mode & bit ? ("rwx"[index % 3] ?? "-") : "-"));
  const special: readonly [bit: number, index: number, letter: string][] = [
    [0o4000, 2, "s"],
    [0o2000, 5, "s"],
    [0o1000, 8, "t"],
  ];
  for (const [bit, index, letter] of special) {
    if (stats.mode & bit) letters[index] = letters[index] === "x" ? letter : letter.toUpperCase();
  }
  const type = typeLetters[stats.mode & 0o170000] ?? "?";
  const columns = [
    type + letters.join(""),
    String(stats.nlink).padStart(4),
    String(stats.uid).padEnd(8),
    String(stats.gid).padEnd(8),
    String(stats.size).padStart(8),
    formatTime(stats.mtime, nowMs),
  ];
  return columns.join(" ");
}

function formatTime(time: Date, nowMs: number): string {
  const [, month = "", day = "", year = "", clock = ""] = time.toString().split(" ");
  const isRecent = Math.abs(nowMs - time.getTime()) < 182 * 86_400_000;
  return `${month} ${String(Number(day)).padStart(2)} ${isRecent ? clock.slice(0, 5) : year.padStart(5)}`;
}

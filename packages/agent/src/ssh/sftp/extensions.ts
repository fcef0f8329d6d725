import { type StatsFs } from "node:fs";
import { link, lchown, lutimes, rename, statfs } from "node:fs/promises";
import { readAttributes } from "#ssh/sftp/attributes.ts";
import type { Handles } from "#ssh/sftp/handles.ts";
import { longestPacketBytes, type PacketReader, PacketWriter, response } from "#ssh/sftp/packets.ts";
import { expandTilde, realPath } from "#ssh/sftp/paths.ts";
import { status, StatusError } from "#ssh/sftp/status.ts";

/** What an extension works with. `path` reads the next field as a path and makes it absolute. */
export interface ExtensionContext {
  readonly id: number;
  readonly reader: PacketReader;
  readonly handles: Handles;
  readonly home: string;
  readonly path: () => Buffer;
}

/** Does the work and gives the answer, or nothing for a plain "ok". */
type Extension = (context: ExtensionContext) => Promise<PacketWriter | undefined>;

/** Room in a packet for everything but the data. */
const overheadBytes = 1024;
/** What a read may ask for and a write may carry. */
export const longestDataBytes = longestPacketBytes - overheadBytes;

/** OpenSSH's extensions, with the version each is announced as (OpenSSH `PROTOCOL`, section 4). */
export const extensions: Readonly<Record<string, { version: string; run: Extension }>> = {
  "posix-rename@openssh.com": {
    version: "1",
    run: async ({ path }) => {
      await rename(path(), path());
      return undefined;
    },
  },
  "hardlink@openssh.com": {
    version: "1",
    run: async ({ path }) => {
      await link(path(), path());
      return undefined;
    },
  },
  "fsync@openssh.com": {
    version: "1",
    run: async ({ handles, reader }) => {
      await handles.file(reader.bytes()).sync();
      return undefined;
    },
  },
  "statvfs@openssh.com": { version: "2", run: async ({ id, path }) => fileSystem(id, await statfs(path())) },
  "fstatvfs@openssh.com": {
    version: "2",
    run: async ({ id, handles, reader }) => {
      const file = handles.file(reader.bytes());
      return fileSystem(id, await statfs(`/proc/self/fd/${file.fd}`));
    },
  },
  "lsetstat@openssh.com": {
    version: "1",
    run: async ({ reader, path }) => {
      const target = path();
      const { owner, times, mode, sizeBytes } = readAttributes(reader);
      if (mode !== undefined || sizeBytes !== undefined) {
        throw new StatusError(status.unsupported, "A link itself has no mode and no size that could be set.");
      }
      if (times) await lutimes(target, times.accessed, times.modified);
      if (owner) await lchown(target, owner.uid, owner.gid);
      return undefined;
    },
  },
  "limits@openssh.com": {
    version: "1",
    run: async ({ id }) =>
      new PacketWriter(response.extendedReply)
        .u32(id)
        .u64(longestPacketBytes)
        .u64(longestDataBytes)
        .u64(longestDataBytes)
        .u64(0), // handles: no limit of our own
  },
  "expand-path@openssh.com": {
    version: "1",
    run: async ({ id, reader, home }) => {
      const path = await realPath(expandTilde(home, reader.bytes()));
      return new PacketWriter(response.name).u32(id).u32(1).bytes(path).bytes(path).u32(0);
    },
  },
};

function fileSystem(id: number, stats: StatsFs): PacketWriter {
  const longestNameBytes = 255;
  return new PacketWriter(response.extendedReply)
    .u32(id)
    .u64(stats.bsize)
    .u64(stats.bsize)
    .u64(stats.blocks)
    .u64(stats.bfree)
    .u64(stats.bavail)
    .u64(stats.files)
    .u64(stats.ffree)
    .u64(stats.ffree)
    .u64(0)
    .u64(0)
    .u64(longestNameBytes);
}

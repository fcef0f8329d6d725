import type { Dir, Stats } from "node:fs";
import { type FileHandle, lstat, opendir, stat } from "node:fs/promises";
import type { Clock, Logger } from "@hearth/base";
import { longListing, readAttributes, writeAttributes } from "#ssh/sftp/attributes.ts";
import { extensions, longestDataBytes } from "#ssh/sftp/extensions.ts";
import {
  createLink,
  makeDirectory,
  openFile,
  removeDirectory,
  removeFile,
  renameNew,
  setAttributes,
  targetOf,
} from "#ssh/sftp/files.ts";
import { Handles } from "#ssh/sftp/handles.ts";
import { MalformedPacketError, PacketReader, PacketWriter, readPackets, request, response } from "#ssh/sftp/packets.ts";
import { realPath, resolvePath } from "#ssh/sftp/paths.ts";
import { describeFailure, status, StatusError } from "#ssh/sftp/status.ts";

export interface SftpOptions {
  readonly input: AsyncIterable<Buffer>;
  /** Resolves when there is room for the next answer: what makes a slow reader slow us down. */
  readonly send: (packet: Buffer) => Promise<void>;
  /** Where relative paths begin. */
  readonly home: string;
  readonly clock: Clock;
  readonly log: Logger;
}

const protocolVersion = 3;
/** Entries of a directory in one answer, as OpenSSH's server gives them. */
const entriesPerAnswer = 100;

/**
 * Serves one file transfer session, version 3 of the protocol with OpenSSH's extensions, until its input ends.
 *
 * Requests are answered in their order, one at a time: a client may send many ahead, and a write is done before the
 * close that follows it. A request that fails is answered; only a peer that does not speak the protocol ends the session.
 * @throws MalformedPacketError
 * @see draft-ietf-secsh-filexfer-02
 */
export async function serveSftp(options: SftpOptions): Promise<void> {
  await using handles = new Handles();
  let isReady = false;
  for await (const packet of readPackets(options.input)) {
    const reader = new PacketReader(packet);
    const type = reader.u8();
    if (!isReady) {
      if (type !== request.init) throw new MalformedPacketError(`A session begins with type 1, not ${type}.`);
      isReady = true;
      await options.send(greeting().finish());
      continue;
    }
    const id = reader.u32();
    await options.send((await answer({ type, id, reader, handles, ...options })).finish());
  }
}

function greeting(): PacketWriter {
  const writer = new PacketWriter(response.version).u32(protocolVersion);
  for (const [name, { version }] of Object.entries(extensions)) writer.bytes(name).bytes(version);
  return writer;
}

interface Request extends SftpOptions {
  readonly type: number;
  readonly id: number;
  readonly reader: PacketReader;
  readonly handles: Handles;
}

async function answer(asked: Request): Promise<PacketWriter> {
  try {
    return (await perform(asked)) ?? statusPacket(asked.id, status.ok, "");
  } catch (error) {
    if (error instanceof MalformedPacketError) throw error;
    const { status: code, message } = describeFailure(error);
    return statusPacket(asked.id, code, message);
  }
}

function statusPacket(id: number, code: number, message: string): PacketWriter {
  return new PacketWriter(response.status).u32(id).u32(code).bytes(message).bytes("");
}

/** Does what was asked; nothing means a plain "ok". */
async function perform(asked: Request): Promise<PacketWriter | undefined> {
  const { type, id, reader, handles, home } = asked;
  const path = (): Buffer => resolvePath(home, reader.bytes());
  const open = (): FileHandle => handles.file(reader.bytes());
  const attrs = (stats: Stats): PacketWriter => writeAttributes(new PacketWriter(response.attrs).u32(id), stats);
  switch (type) {
    case request.open:
      return handle(id, handles.addFile(await openFile(path(), reader.u32(), readAttributes(reader))));
    case request.close:
      return await handles.close(reader.bytes()).then(nothing);
    case request.read:
      return await readData(id, open(), reader.u64(), reader.u32());
    case request.write:
      return await writeData(open(), reader.u64(), reader.bytes());
    case request.lstat:
      return attrs(await lstat(path()));
    case request.stat:
      return attrs(await stat(path()));
    case request.fstat:
      return attrs(await open().stat());
    case request.setstat:
      return await setAttributes(path(), readAttributes(reader)).then(nothing);
    case request.fsetstat:
      return await setAttributes(open(), readAttributes(reader)).then(nothing);
    case request.opendir: {
      const target = path();
      return handle(id, handles.addDirectory(target, await openDirectory(target)));
    }
    case request.readdir:
      return await readDirectory(asked, reader.bytes());
    case request.remove:
      return await removeFile(path()).then(nothing);
    case request.mkdir:
      return await makeDirectory(path(), readAttributes(reader)).then(nothing);
    case request.rmdir:
      return await removeDirectory(path()).then(nothing);
    case request.realpath:
      return oneName(id, await realPath(path()));
    case request.rename:
      return await renameNew(path(), path()).then(nothing);
    case request.readlink:
      return oneName(id, await targetOf(path()));
    case request.symlink:
      // Target first: the draft says otherwise, but OpenSSH swapped the two long ago and clients follow it.
      return await createLink(reader.bytes(), path()).then(nothing);
    case request.extended: {
      const name = reader.text();
      const extension = Object.hasOwn(extensions, name) ? extensions[name] : undefined;
      if (!extension) throw new StatusError(status.unsupported, `There is no extension "${name}" here.`);
      return await extension.run({ id, reader, handles, home, path });
    }
    default:
      throw new StatusError(status.unsupported, `Requests of type ${type} are not known here.`);
  }
}

function nothing(): undefined {
  return undefined;
}

function handle(id: number, value: Buffer): PacketWriter {
  return new PacketWriter(response.handle).u32(id).bytes(value);
}

function oneName(id: number, name: Buffer): PacketWriter {
  return new PacketWriter(response.name).u32(id).u32(1).bytes(name).bytes(name).u32(0);
}

async function readData(id: number, file: FileHandle, offset: number, wanted: number): Promise<PacketWriter> {
  const buffer = Buffer.allocUnsafe(Math.min(wanted, longestDataBytes));
  const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
  if (bytesRead === 0 && wanted > 0) throw new StatusError(status.eof, "End of file.");
  return new PacketWriter(response.data).u32(id).bytes(buffer.subarray(0, bytesRead));
}

async function writeData(file: FileHandle, offset: number, data: Buffer): Promise<undefined> {
  for (let written = 0; written < data.length;) {
    const { bytesWritten } = await file.write(data, written, data.length - written, offset + written);
    written += bytesWritten;
  }
  return undefined;
}

async function openDirectory(path: Buffer): Promise<Dir> {
  const encoding = "buffer" as BufferEncoding; // which names may come in, though the types of `opendir` do not say so
  return await opendir(path, { encoding });
}

async function readDirectory({ id, handles, clock }: Request, value: Buffer): Promise<PacketWriter> {
  const entries = await handles.readEntries(value, entriesPerAnswer);
  if (entries.length === 0) throw new StatusError(status.eof, "No more entries.");
  const writer = new PacketWriter(response.name).u32(id).u32(entries.length);
  for (const { name, stats } of entries) {
    const line = Buffer.concat([Buffer.from(`${longListing(stats, clock.now())} `), name]);
    writeAttributes(writer.bytes(name).bytes(line), stats);
  }
  return writer;
}

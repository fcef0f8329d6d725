import fc from "fast-check";
import { expect, test } from "vitest";
import { longListing } from "#ssh/sftp/attributes.ts";
import {
  longestPacketBytes,
  MalformedPacketError,
  PacketReader,
  PacketWriter,
  readPackets,
} from "#ssh/sftp/packets.ts";
import { expandTilde, realPath, resolvePath } from "#ssh/sftp/paths.ts";
import type { Stats } from "node:fs";

async function* pieces(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer, void, undefined> {
  let rest = bytes;
  for (const cut of cuts) {
    yield rest.subarray(0, cut);
    rest = rest.subarray(cut);
  }
  yield rest;
}

async function packetsOf(bytes: Buffer, cuts: readonly number[] = []): Promise<Buffer[]> {
  const packets: Buffer[] = [];
  for await (const packet of readPackets(pieces(bytes, cuts))) packets.push(Buffer.from(packet));
  return packets;
}

test("packets come out the same wherever the stream was cut", async () => {
  const payload = fc.uint8Array({ minLength: 1, maxLength: 300 });
  await fc.assert(
    fc.asyncProperty(fc.array(payload), fc.array(fc.nat({ max: 50 })), async (payloads, cuts) => {
      const bytes = Buffer.concat(
        payloads.map(([type = 0, ...rest]) => new PacketWriter(type).raw(Buffer.from(rest)).finish()),
      );

      expect(await packetsOf(bytes, cuts)).toEqual(payloads.map((one) => Buffer.from(one)));
    }),
  );
});

test.for([0, longestPacketBytes + 1, 0xffff_ffff])(
  "a packet of %i bytes is refused before it is read",
  async (length) => {
    const header = Buffer.alloc(4);
    header.writeUInt32BE(length);

    await expect(packetsOf(header)).rejects.toBeInstanceOf(MalformedPacketError);
  },
);

test("fields are read as they were written, and never beyond the packet", () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 255 }),
      fc.integer({ min: 0, max: 0xffff_ffff }),
      fc.maxSafeNat(),
      fc.uint8Array(),
      fc.string(),
      (u8, u32, u64, bytes, text) => {
        const packet = new PacketWriter(u8)
          .u32(u32)
          .u64(u64)
          .bytes(Buffer.from(bytes))
          .bytes(text)
          .finish()
          .subarray(4);
        const reader = new PacketReader(packet);

        expect([reader.u8(), reader.u32(), reader.u64(), [...reader.bytes()], reader.text()]).toEqual([
          u8,
          u32,
          u64,
          [...bytes],
          text,
        ]);
        expect(() => reader.u8()).toThrow(MalformedPacketError);
      },
    ),
  );
});

test("a string longer than its packet is refused", () => {
  expect(() => new PacketReader(Buffer.from([0xff, 0xff, 0xff, 0xff, 1])).bytes()).toThrow(MalformedPacketError);
});

test("paths begin at home, and stay bytes", async () => {
  const odd = Buffer.from([0x61, 0xff]);

  expect(resolvePath("/home/dev", Buffer.from("")).toString()).toBe("/home/dev");
  expect(resolvePath("/home/dev", Buffer.from("../x")).toString()).toBe("/home/x");
  expect(resolvePath("/", odd)).toEqual(Buffer.concat([Buffer.from("/"), odd]));
  expect(expandTilde("/home/dev", Buffer.from("~/x")).toString()).toBe("/home/dev/x");
  expect(expandTilde("/home/dev", Buffer.from("~other")).toString()).toBe("/home/dev/~other");
  expect((await realPath(Buffer.from("/usr/../usr/./no-such-file"))).toString()).toBe("/usr/no-such-file");
  await expect(realPath(Buffer.from("/no/such/folder/file"))).rejects.toMatchObject({ code: "ENOENT" });
});

test.for([
  [0o100644, "-rw-r--r--"],
  [0o040755, "drwxr-xr-x"],
  [0o120777, "lrwxrwxrwx"],
  [0o104755, "-rwsr-xr-x"],
  [0o041777, "drwxrwxrwt"],
  [0o102644, "-rw-r-Sr--"],
] as const)("mode %i is listed as %s", ([mode, letters]) => {
  const stats = { mode, nlink: 1, uid: 1000, gid: 100, size: 12, mtime: new Date(0) } as Stats; // what a listing shows

  expect(longListing(stats, 0).slice(0, 10)).toBe(letters);
  expect(longListing(stats, 1e12)).toMatch(/ 1 1000 +100 +12 (Dec|Jan) +\d+ +(1969|1970)$/);
});

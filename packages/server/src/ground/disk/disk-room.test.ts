import { expect, test } from "vitest";
import { FakeClock } from "@hearth/base/fake-clock";
import { recordingLogger } from "@hearth/base/recording-logger";
import { DiskRoom } from "./disk-room.ts";
import { inBytes } from "./in-bytes.ts";

const mebibyte = 1024 ** 2;

function roomWith(free: () => number, keptFreeBytes = 512 * mebibyte) {
  const clock = new FakeClock();
  const log = recordingLogger();
  const looks: string[] = [];
  const room = new DiskRoom({
    directory: "/data",
    keptFreeBytes,
    clock,
    log,
    freeBytes: async (directory) => {
      looks.push(directory);
      return await Promise.resolve(free());
    },
  });
  return { clock, log, looks, room };
}

test("what needs more than is left over is refused, saying how much is free, needed, and what to do", async () => {
  const { room } = roomWith(() => 600 * mebibyte);

  await room.require("A new workspace");
  await room.require("An upload", 88 * mebibyte);
  await expect(room.require("An upload", 89 * mebibyte)).rejects.toMatchObject({
    code: "insufficient_storage",
    status: 507,
    message:
      "An upload needs 601 MiB free on the server's disk, and 600 MiB are: delete workspaces that nobody needs, or ask whoever runs the server to make room, and try again.",
    detail: "HEARTH_MIN_FREE_DISK keeps 512 MiB for what runs already.",
  });
  expect(await room.isShort()).toBe(false);
});

test("while there is room the file system is asked once a second", async () => {
  const { clock, looks, room } = roomWith(() => 1024 * mebibyte);

  for (let i = 0; i < 5; i++) await room.require("A start");
  expect([looks, await room.isShort()]).toEqual([["/data"], false]);
  await clock.advance(1_000);
  await room.require("A start");

  expect(looks).toHaveLength(2);
});

test("nobody is refused for what was true before, and everything is taken again the moment there is room", async () => {
  let free = 100 * mebibyte;
  const { log, looks, room } = roomWith(() => free);

  for (let i = 0; i < 5; i++) await expect(room.require("A start")).rejects.toMatchObject({ status: 507 });
  expect(await room.isShort()).toBe(true);

  free = 1024 * mebibyte;
  await room.require("A start");
  expect(await room.isShort()).toBe(false);

  expect(looks).toHaveLength(7);
  expect(log.lines.map(({ level, message }) => [level, message])).toEqual([
    ["error", "the disk is nearly full, builds and uploads are refused"],
    ["info", "the disk has room again, builds and uploads are taken"],
  ]);
});

test("nobody is refused where it is turned off, or for what cannot be known", async () => {
  const off = roomWith(() => 0, 0);
  const unknown = roomWith(() => {
    throw new Error("ENOENT");
  });

  await off.room.require("A start");
  await unknown.room.require("A start");

  expect(off.looks).toEqual([]);
  expect([await off.room.isShort(), await unknown.room.isShort()]).toEqual([false, false]);
});

test("without a stand-in the real file system answers", async () => {
  const log = recordingLogger();
  const given = { directory: import.meta.dirname, clock: new FakeClock(), log };

  expect(await new DiskRoom({ ...given, keptFreeBytes: 1 }).isShort()).toBe(false);
  expect(await new DiskRoom({ ...given, keptFreeBytes: 2 ** 60 }).isShort()).toBe(true);
});

test.for([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1 KiB"],
  [1.49 * 1024 ** 3, "1.4 GiB"],
  [511.9 * mebibyte, "511 MiB"],
  [3000 * 1024 ** 4, "3000 TiB"],
] as const)("%d bytes are written %s", ([bytes, text]) => {
  expect(inBytes(bytes)).toBe(text);
});

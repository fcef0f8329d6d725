import { mkdtemp, mkdir, rm, symlink, writeFile, chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { pack, type Header } from "tar-stream";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import {
  ArchiveError,
  packDirectory,
  packFiles,
  readArchive,
  readArchiveFiles,
  readZip,
  tarToZip,
  writeZip,
  zipToTar,
  type ArchiveLimits,
} from "./index.ts";

// Properties take a while on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 60_000 });

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "hearth-archive-"));
});
afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

/** A tar with these headers as they are, whatever they say. */
async function tarOf(...entries: (Partial<Header> & { name: string; body?: string })[]): Promise<Uint8Array> {
  const writer = pack();
  for (const { body, ...header } of entries) writer.entry(header, body ?? "");
  writer.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of writer as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (content: Uint8Array | undefined): string | undefined => content && new TextDecoder().decode(content);

async function refusal(archive: Uint8Array, limits: Partial<ArchiveLimits> = {}): Promise<ArchiveError> {
  const error: unknown = await readArchive(archive, limits).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ArchiveError)) throw new Error(`expected an ArchiveError, got ${String(error)}`);
  return error;
}

test.for([
  ["a path that climbs out", { name: "../evil" }, "unsafe_path", ".."],
  ["a path that climbs out from within", { name: "a/../../evil" }, "unsafe_path", ".."],
  ["a path with .. that would stay inside", { name: "a/../b" }, "unsafe_path", ".."],
  ["an absolute path", { name: "/etc/passwd" }, "unsafe_path", "absolute"],
  ["a Windows drive", { name: "C:/x" }, "unsafe_path", "absolute"],
  ["a backslash", { name: "a\\..\\b" }, "unsafe_path", "backslash"],
  ["a control character", { name: "a\u0001b" }, "unsafe_path", "control"],
  ["a symbolic link out", { name: "l", type: "symlink", linkname: "../secret" }, "unsafe_link", "outside"],
  ["an absolute symbolic link", { name: "l", type: "symlink", linkname: "/etc" }, "unsafe_link", "outside"],
  ["a hard link out", { name: "l", type: "link", linkname: "../secret" }, "unsafe_link", "no file"],
  ["a hard link to nothing", { name: "l", type: "link", linkname: "missing" }, "unsafe_link", "no file"],
  ["a dangling symbolic link", { name: "l", type: "symlink", linkname: "missing" }, "unsafe_link", "nothing"],
  ["a link to itself", { name: "l", type: "symlink", linkname: "l" }, "unsafe_link", "too many"],
  ["a link to its own directory", { name: "d/l", type: "symlink", linkname: "." }, "unsafe_link", "in"],
  ["a link to the root", { name: "l", type: "symlink", linkname: "." }, "unsafe_link", "in"],
  ["a character device", { name: "d", type: "character-device" }, "unsupported_entry", "character device"],
  ["a block device", { name: "d", type: "block-device" }, "unsupported_entry", "block device"],
  ["a named pipe", { name: "d", type: "fifo" }, "unsupported_entry", "fifo"],
] as const)("an archive with %s is refused", async ([, header, fault, says]) => {
  const error = await refusal(await tarOf({ name: "ok.txt", body: "fine" }, header));

  expect(error.fault).toBe(fault);
  expect(error.message).toContain(says);
  expect(error.path).toBe(header.name);
});

test("a file twice is refused, a directory twice is not", async () => {
  const twice = await refusal(await tarOf({ name: "a", body: "1" }, { name: "./a", body: "2" }));
  const directories = await readArchive(
    await tarOf({ name: "d/", type: "directory" }, { name: "d", type: "directory" }, { name: "d/f", body: "x" }),
  );

  expect(twice.fault).toBe("duplicate");
  expect([...directories.keys()]).toEqual(["d/f"]);
});

test("nothing may lie below a file or a link", async () => {
  const belowFile = await refusal(await tarOf({ name: "a", body: "1" }, { name: "a/b", body: "2" }));
  const belowLink = await refusal(
    await tarOf({ name: "d/f", body: "1" }, { name: "l", type: "symlink", linkname: "d" }, { name: "l/g", body: "2" }),
  );

  expect(belowFile.message).toContain('below "a", which is a file');
  expect(belowLink.message).toContain('below "l", which is a link');
});

test("links that stay inside become copies of what they point at", async () => {
  const files = await readArchive(
    await tarOf(
      { name: "modules/a/main.tf", body: "A" },
      { name: "modules/a/again.tf", type: "symlink", linkname: "main.tf" },
      { name: "b", type: "symlink", linkname: "modules/a" },
      { name: "c", type: "symlink", linkname: "b/main.tf" },
      { name: "hard", type: "link", linkname: "modules/a/main.tf" },
    ),
  );

  expect(Object.fromEntries([...files].map(([path, content]) => [path, text(content)]))).toEqual({
    "modules/a/main.tf": "A",
    "modules/a/again.tf": "A",
    "b/main.tf": "A",
    "b/again.tf": "A",
    c: "A",
    hard: "A",
  });
});

test.for<[string, Partial<ArchiveLimits>]>([
  ["a file over its limit", { fileBytes: 9 }],
  ["files over the limit together", { totalBytes: 19 }],
  ["more entries than allowed", { entries: 1 }],
])("%s is refused with the number", async ([, limits]) => {
  const archive = await tarOf({ name: "a", body: "0123456789" }, { name: "b", body: "0123456789" });

  const error = await refusal(archive, limits);

  expect(error.fault).toBe("too_big");
  expect(error.message).toContain(String(Object.values(limits)[0]));
});

test("a declared size larger than the archive is refused without being believed", async () => {
  const archive = Buffer.from(await tarOf({ name: "a", body: "x" }));
  archive.write("77777777777", 124); // the size field of the first header
  archive.write("        ", 148);
  const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  archive.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);

  expect((await refusal(archive)).fault).toBe("too_big");
  expect((await refusal(archive, { fileBytes: 1e12, totalBytes: 1e12 })).fault).toBe("broken");
});

test.for([
  ["nothing", new Uint8Array()],
  ["text", bytes("this is not an archive".repeat(100))],
  ["half a tar", "half"],
  ["a broken gzip", new Uint8Array([0x1f, 0x8b, 8, 0, 1, 2, 3])],
] as const)("%s is refused as broken", async ([, given]) => {
  const archive =
    typeof given === "string" ? (await tarOf({ name: "a", body: "x".repeat(2000) })).subarray(0, 900) : given;

  expect((await refusal(archive)).fault).toBe("broken");
});

test("a gzipped tar is read, a gzip bomb is not", async () => {
  const small = gzipSync(await tarOf({ name: "a", body: "x" }));
  const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));

  expect(text((await readArchive(small)).get("a"))).toBe("x");
  expect((await refusal(bomb)).fault).toBe("too_big");
});

test("a directory is packed the same way twice, without what is the author's own", async () => {
  const directory = join(scratch, "template");
  await mkdir(join(directory, ".git"), { recursive: true });
  await mkdir(join(directory, "node_modules/x"), { recursive: true });
  await mkdir(join(directory, "scripts"), { recursive: true });
  await writeFile(join(directory, ".git/config"), "secret");
  await writeFile(join(directory, "node_modules/x/index.js"), "x");
  await writeFile(join(directory, "hearth.yaml"), "name: x\n");
  await writeFile(join(directory, "scripts/run.sh"), "#!/bin/sh\n");
  await chmod(join(directory, "scripts/run.sh"), 0o700);
  await symlink("scripts/run.sh", join(directory, "run"));

  const first = await packDirectory(directory);
  const files = await readArchiveFiles(first);

  expect(Buffer.from(await packDirectory(directory)).equals(first)).toBe(true);
  expect([...files.keys()]).toEqual(["hearth.yaml", "run", "scripts/run.sh"]);
  expect([...files.values()].map((file) => file.isExecutable)).toEqual([false, true, true]);
});

test("a directory with a link that leads out is not packed", async () => {
  const directory = join(scratch, "leaky");
  await mkdir(directory);
  await symlink("/etc/passwd", join(directory, "users"));

  await expect(packDirectory(directory)).rejects.toThrow("points outside");
});

const anyFiles = fc
  .dictionary(fc.stringMatching(/^[a-z]{1,8}(\/[a-zé ]{1,60}[a-z]){0,3}$/), fc.uint8Array({ maxLength: 3000 }), {
    maxKeys: 8,
  })
  .map((files) => new Map(Object.entries(files)))
  .filter((files) => [...files.keys()].every((a) => [...files.keys()].every((b) => !b.startsWith(`${a}/`))));

test("what is packed comes back, as tar and as zip", async () => {
  await fc.assert(
    fc.asyncProperty(anyFiles, async (files) => {
      const tar = await packFiles(files);
      const sorted = new Map([...files].toSorted(([a], [b]) => (a < b ? -1 : 1)));

      expect(await readArchive(tar)).toEqual(sorted);
      expect(await readArchive(await zipToTar(await tarToZip(tar)))).toEqual(sorted);
    }),
    { numRuns: 50 },
  );
});

test("any bytes give files or an ArchiveError", async () => {
  const tar = await tarOf({ name: "a/b", body: "hello" }, { name: "c", type: "symlink", linkname: "a/b" });
  const zip = writeZip(new Map([["a/b", { content: bytes("hello"), isExecutable: true }]]));
  const damaged = fc
    .tuple(fc.constantFrom(tar, zip), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }))
    .map(([archive, edits]) => {
      const copy = Uint8Array.from(archive);
      for (const [at, byte] of edits) copy[at % copy.length] = byte;
      return copy;
    });
  await fc.assert(
    fc.asyncProperty(fc.oneof(damaged, fc.uint8Array({ maxLength: 2000 })), async (archive) => {
      for (const read of [() => readArchive(archive), async () => readZip(archive)]) {
        try {
          await read();
        } catch (error) {
          expect(error).toBeInstanceOf(ArchiveError);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("zips are held to the same rules as tars", () => {
  const file = (content: Uint8Array) => ({ content, isExecutable: false });
  const climbing = writeZip(new Map([["../evil", file(bytes("x"))]]));
  const bomb = writeZip(new Map([["zeros", file(new Uint8Array(20 * 1024 * 1024))]]));
  const lying = Buffer.from(writeZip(new Map([["a", file(new Uint8Array(5000))]])));
  const directoryAt = lying.readUInt32LE(lying.length - 6);
  lying.writeUInt32LE(10, directoryAt + 24); // says that it unpacks to ten bytes

  expect(() => readZip(climbing)).toThrow(/leads out/);
  expect(() => readZip(bomb)).toThrow(/more than 200 times/);
  expect(() => readZip(lying)).toThrow(/larger than the archive says/);
  expect(() => readZip(climbing.subarray(0, 30))).toThrow(ArchiveError);
});

import { randomBytes } from "node:crypto";
import { mkdir, readFile, readlink, stat, symlink, writeFile, chmod } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { TestFolder } from "@hearth/base/test-folder";
import fc from "fast-check";
import { pack, type Header } from "tar-stream";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { tarToZip, zipToTar } from "./convert.ts";
import { gather, gatherAtMost } from "./entries.ts";
import {
  ArchiveError,
  defaultArchiveLimits,
  packDirectory,
  packFiles,
  unpackInto,
  type ArchiveLimits,
} from "./index.ts";
import { readFiles } from "./read-files.ts";
import { forgedZip, type ForgedFile } from "@hearth/testkit";

// Properties take a while on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 60_000 });

let folder: TestFolder;
let scratch: string;
beforeAll(async () => {
  folder = new TestFolder();
  scratch = folder.path;
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
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

function readArchive(archive: Uint8Array, limits: Partial<ArchiveLimits> = {}): Promise<Map<string, Uint8Array>> {
  return readFiles(Readable.from([archive]), { ...defaultArchiveLimits, ...limits });
}

function asTar(zip: Uint8Array, limits: Partial<ArchiveLimits> = {}): Promise<Uint8Array> {
  return gather(zipToTar({ bytes: zip }, { ...defaultArchiveLimits, ...limits }));
}

function asZip(tar: Uint8Array, limits: Partial<ArchiveLimits> = {}): Promise<Uint8Array> {
  return gather(tarToZip(Readable.from([tar]), { ...defaultArchiveLimits, ...limits }));
}

async function refused(work: Promise<unknown>): Promise<ArchiveError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ArchiveError)) throw new Error(`expected an ArchiveError, got ${String(error)}`);
  return error;
}

const refusal = (archive: Uint8Array, limits: Partial<ArchiveLimits> = {}) => refused(readArchive(archive, limits));

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
  const again = join(scratch, "again");

  expect(Buffer.from(await packDirectory(directory)).equals(first)).toBe(true);
  expect([...(await readArchive(first)).keys()]).toEqual(["hearth.yaml", "run", "scripts/run.sh"]);
  expect(await unpackInto(again, first)).toBe(3);
  expect(await readlink(join(again, "run"))).toBe("scripts/run.sh");
  expect((await stat(join(again, "run"))).mode & 0o777).toBe(0o755);
  expect(Buffer.from(await packDirectory(again)).equals(first)).toBe(true);
});

test("nothing is written of a tar that is refused", async () => {
  const target = join(scratch, "refused");
  const tar = await tarOf({ name: "a", body: "x" }, { name: "l", type: "symlink", linkname: "nowhere" });

  expect((await refused(unpackInto(target, tar))).fault).toBe("unsafe_link");
  await expect(stat(target)).rejects.toThrow("ENOENT");
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
      expect(await readArchive(await asTar(await asZip(tar)))).toEqual(sorted);
    }),
    { numRuns: 50 },
  );
});

test("any bytes give files or an ArchiveError", async () => {
  const tar = await tarOf({ name: "a/b", body: "hello" }, { name: "c", type: "symlink", linkname: "a/b" });
  const zip = await asZip(tar);
  const damaged = fc
    .tuple(fc.constantFrom(tar, zip), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }))
    .map(([archive, edits]) => {
      const copy = Uint8Array.from(archive);
      for (const [at, byte] of edits) copy[at % copy.length] = byte;
      return copy;
    });
  await fc.assert(
    fc.asyncProperty(fc.oneof(damaged, fc.uint8Array({ maxLength: 2000 })), async (archive) => {
      for (const read of [readArchive, asTar, asZip]) {
        try {
          await read(archive);
        } catch (error) {
          expect(error).toBeInstanceOf(ArchiveError);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("links stay links when an archive changes its format", async () => {
  const tar = await tarOf(
    { name: "modules/a/main.tf", body: "A" },
    { name: "modules/a/again.tf", type: "symlink", linkname: "main.tf" },
    { name: "b", type: "symlink", linkname: "modules/a" },
    { name: "modules/c/hard", type: "link", linkname: "modules/a/main.tf" },
    { name: "empty/", type: "directory" },
  );

  const back = await asTar(await asZip(tar));

  expect(await readArchive(back)).toEqual(await readArchive(tar));
  const target = join(scratch, "links");
  await unpackInto(target, back);
  expect(await readlink(join(target, "modules/a/again.tf"))).toBe("main.tf");
  expect(await readlink(join(target, "b"))).toBe("modules/a");
  expect(await readlink(join(target, "modules/c/hard"))).toBe("../a/main.tf");
  expect(await readFile(join(target, "b/again.tf"), "utf8")).toBe("A");
  expect((await stat(join(target, "empty"))).isDirectory()).toBe(true);
});

const zeros = new Uint8Array(1024 * 1024);
const noise = randomBytes(1_000);

test("a zip of links to a file becomes a tar that is no larger than what it holds", async () => {
  const links = Array.from({ length: 1_000 }, (_, index): ForgedFile => ({
    name: `l${index}`,
    symbolicLinkTo: "zeros",
  }));
  const zip = forgedZip({ name: "zeros", content: zeros }, ...links);

  const tar = await asTar(zip);

  expect(tar.length).toBeLessThan(zeros.length + 1_001 * 1_024 + 10_240);
  expect((await refusal(tar)).limit).toBe("totalBytes");
});

test.for<[string, keyof ArchiveLimits, () => Promise<Uint8Array>]>([
  [
    "links to a large file",
    "totalBytes",
    () =>
      tarOf(
        { name: "zeros", body: "0".repeat(200_000) },
        ...Array.from({ length: 600 }, (_, index) => ({
          name: `l${index}`,
          type: "symlink" as const,
          linkname: "zeros",
        })),
      ),
  ],
  [
    "links to a directory of many files",
    "entries",
    () =>
      tarOf(
        ...Array.from({ length: 150 }, (_, index) => ({ name: `d/${index}` })),
        ...Array.from({ length: 150 }, (_, index) => ({ name: `l${index}`, type: "symlink" as const, linkname: "d" })),
      ),
  ],
  [
    "links to a directory of empty directories",
    "entries",
    () =>
      tarOf(
        ...Array.from({ length: 150 }, (_, index) => ({ name: `d/${index}/`, type: "directory" as const })),
        ...Array.from({ length: 150 }, (_, index) => ({ name: `l${index}`, type: "symlink" as const, linkname: "d" })),
      ),
  ],
  [
    "directories that only paths name",
    "entries",
    () => tarOf(...Array.from({ length: 400 }, (_, index) => ({ name: `${index}${"/d".repeat(60)}/f` }))),
  ],
  ["a name that is too long", "pathBytes", () => tarOf({ name: "n".repeat(1_025) })],
  ["a link to what is too long", "pathBytes", () => tarOf({ name: "l", type: "symlink", linkname: "n".repeat(1_025) })],
  ["a path that is too deep", "depth", () => tarOf({ name: `${"d/".repeat(64)}f` })],
])("a tar with %s is refused by its limit", async ([, limit, make]) => {
  const error = await refusal(await make());

  expect(error).toMatchObject({ fault: "too_big", limit, path: expect.any(String) as string });
});

test("thousands of links to an empty directory cost no more than they are", async () => {
  const links = Array.from({ length: 9_000 }, (_, index) => ({
    name: `l${index}`,
    type: "symlink" as const,
    linkname: "empty",
  }));

  const files = await readArchive(
    await tarOf({ name: "empty/", type: "directory" }, { name: "f", body: "x" }, ...links),
  );

  expect([...files.keys()]).toEqual(["f"]);
});

test("a long chain of links ends at the number that Linux allows, in whatever order", async () => {
  const chain = Array.from({ length: 5_000 }, (_, index) => ({
    name: `l${index}`,
    type: "symlink" as const,
    linkname: index === 0 ? "f" : `l${index - 1}`,
  }));

  for (const links of [chain, chain.toReversed()]) {
    const error = await refusal(await tarOf({ name: "f", body: "x" }, ...links));
    expect(error.message).toContain("too many links");
  }
});

test.for<[string, Record<string, string>, string, ArchiveFaultOf]>([
  ["a size of its own that is far too large", { size: "999999999999999" }, "fileBytes", "too_big"],
  ["a size of its own that is none", { size: "x" }, "", "broken"],
  ["a size of its own below nothing", { size: "-512" }, "", "broken"],
  ["holes", { "GNU.sparse.realsize": "99999999999" }, "stored with holes", "unsupported_entry"],
])("a tar with a file that says %s is refused", async ([, pax, says, fault]) => {
  const error = await refusal(await tarOf({ name: "a", body: "x", pax }));

  expect(error.fault).toBe(fault);
  if (says !== "") expect(`${error.message} ${error.limit}`).toContain(says);
});

type ArchiveFaultOf = ArchiveError["fault"];

test.for<[string, () => Uint8Array, Partial<ArchiveError>]>([
  ["a path that climbs out", () => forgedZip({ name: "../evil" }), { fault: "unsafe_path", path: "../evil" }],
  ["a backslash", () => forgedZip({ name: "a\\b" }), { fault: "unsafe_path", path: "a\\b" }],
  [
    "a link that leads out",
    () => forgedZip({ name: "l", symbolicLinkTo: "../../etc" }),
    { fault: "unsafe_link", path: "l" },
  ],
  ["a link to nothing", () => forgedZip({ name: "l", symbolicLinkTo: "x" }), { fault: "unsafe_link", path: "l" }],
  ["a device", () => forgedZip({ name: "d", mode: 0o020644 }), { fault: "unsupported_entry", path: "d" }],
  [
    "zeros that unpack to a thousand times their size",
    () => forgedZip({ name: "zeros", content: new Uint8Array(20 * 1024 * 1024) }),
    { fault: "too_big", limit: "ratio", path: "zeros" },
  ],
  [
    "many files that each stay below the limit of one",
    () => forgedZip(...Array.from({ length: 60 }, (_, index) => ({ name: `z${index}`, content: zeros }))),
    { fault: "too_big", limit: "ratio" },
  ],
  [
    "files that share their bytes",
    () => forgedZip({ name: "a", content: noise }, { name: "b", content: noise, sharesWith: "a" }),
    { fault: "broken", path: "b" },
  ],
  [
    "a file that is larger than it says",
    () => forgedZip({ name: "a", content: zeros, saidBytes: 10 }),
    { fault: "broken", path: "a" },
  ],
  [
    "a file that is smaller than it says",
    () => forgedZip({ name: "a", content: bytes("x"), saidBytes: 10 }),
    { fault: "broken", path: "a" },
  ],
  [
    "a size that only zip64 can say, and which is a lie",
    () => forgedZip({ name: "a", content: bytes("x"), zip64Bytes: 2n ** 52n }),
    { fault: "too_big", path: "a" },
  ],
  [
    "another checksum",
    () => forgedZip({ name: "a", content: bytes("x"), checksum: 1 }),
    { fault: "broken", path: "a" },
  ],
  ["a secret", () => forgedZip({ name: "a", flags: 1 }), { fault: "unsupported_entry", path: "a" }],
  ["another compression", () => forgedZip({ name: "a", method: 12 }), { fault: "unsupported_entry", path: "a" }],
  [
    "more entries than allowed",
    () => forgedZip(...Array.from({ length: 20_001 }, (_, index) => ({ name: `f${index}` }))),
    { fault: "too_big", limit: "entries" },
  ],
  ["an end in the middle", () => forgedZip({ name: "a", content: zeros }).subarray(0, 500), { fault: "broken" }],
])("a zip with %s is refused", async ([, make, expected]) => {
  expect(await refused(asTar(make()))).toMatchObject(expected);
});

test("a directory is packed within the limits: what an import would refuse is told to its author", async () => {
  const directory = join(scratch, "wide");
  await mkdir(join(directory, "a/b/c"), { recursive: true });
  await writeFile(join(directory, "a/b/c/f"), "0123456789");
  await symlink("nowhere", join(directory, "l"));
  const pack = (limits: Partial<ArchiveLimits>) => refused(packDirectory(directory, { limits }));

  expect(await pack({})).toMatchObject({ fault: "unsafe_link", path: "l" });
  expect(await pack({ entries: 3 })).toMatchObject({ limit: "entries" });
  expect(await pack({ depth: 3 })).toMatchObject({ limit: "depth", path: "a/b/c/f" });
  expect(await pack({ totalBytes: 9 })).toMatchObject({ limit: "totalBytes", path: "a/b/c/f" });
});

test("a stream without end is taken up to its limit only", async () => {
  let pieces = 0;
  const endless = (async function* () {
    for (;;) {
      pieces++;
      yield await Promise.resolve(new Uint8Array(1_000));
    }
  })();

  expect(await refused(gatherAtMost(endless, 10_000))).toMatchObject({ fault: "too_big", limit: "totalBytes" });
  expect(pieces).toBe(11);
  await expect(gatherAtMost(Readable.from(["ab", Buffer.from("c")]), 3)).resolves.toEqual(
    new Uint8Array(Buffer.from("abc")),
  );
});

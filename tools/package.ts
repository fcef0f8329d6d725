// Makes what a server hands out besides the file that every build has: the command line as a single executable, packed, and
// beside it what it is unpacked. Run by `npm run package`; an argument names another folder than the one that is served.
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { ensureBuilt } from "./launch/build.mjs";
import { bundle } from "./launch/bundle.mjs";
import { withProgress } from "./launch/progress.mjs";
import { singleExecutable } from "./bundle/single-executable.ts";

const name = "hearth-linux-x64";

if (process.platform === "linux" && process.arch === "x64") {
  await pack(resolve(process.argv[2] ?? dirname(bundle)));
} else {
  console.error(`${name} is made on Linux on x64, and this is ${process.platform} on ${process.arch}.`);
  process.exitCode = 1;
}

async function pack(folder: string): Promise<void> {
  await ensureBuilt();
  const program = await withProgress("Making the executable", singleExecutable);
  const sha256 = await hashOf(program);
  const { size: bytes } = await stat(program);
  const file = `${name}-${sha256.slice(0, 16)}.gz`;
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `.${file}-${process.pid}`);
  await withProgress("Packing it", async () => {
    await pipeline(createReadStream(program), createGzip({ level: 9 }), createWriteStream(draft));
  });
  await rename(draft, join(folder, file));
  // A server that runs takes up what this says, when it says it.
  const description = join(folder, `${name}.json`);
  await writeFile(`${description}-${process.pid}`, `${JSON.stringify({ file, sha256, bytes })}\n`);
  await rename(`${description}-${process.pid}`, description);
  for (const each of await readdir(folder)) {
    if (each !== file && each.startsWith(`${name}-`) && each.endsWith(".gz")) await rm(join(folder, each));
  }
  const { size } = await stat(join(folder, file));
  console.log(`${join(folder, file)}: ${Math.round(size / 1e6)} MB, unpacked ${Math.round(bytes / 1e6)} MB`);
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

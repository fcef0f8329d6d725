import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { bundle } from "../launch/bundle.mjs";
import { ourNode, root } from "../launch/paths.mjs";

/** The one name by which Node finds what is put into it, and what it reads to know that there is something. */
const resource = "NODE_SEA_BLOB";
const fuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

const cache = join(root, "node_modules", ".cache", "hearth", "executables");

/**
 * The command line and our Node in one program, which needs nothing else: made of the bundle that is built, by Node's own
 * support for single executables, and kept as long as both are the same. Gives its path; it runs on machines like this one.
 * @throws Error what the tools say, and where the bundle is not built
 */
export async function singleExecutable(): Promise<string> {
  const hash = createHash("sha256")
    .update(process.version)
    .update(await readFile(bundle));
  const made = join(cache, `hearth-${process.platform}-${process.arch}-${hash.digest("hex").slice(0, 16)}`);
  if (existsSync(made)) return made;
  const old = await readdir(cache).catch(() => []); // the first one
  const draft = join(cache, `draft-${process.pid}`);
  await mkdir(draft, { recursive: true });
  try {
    await make(draft);
    await rename(join(draft, "hearth"), made);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  for (const name of old.filter((each) => each.startsWith("hearth-"))) await rm(join(cache, name), { force: true });
  return made;
}

async function make(folder: string): Promise<void> {
  const run = promisify(execFile);
  const [settings, blob, program] = ["settings.json", "blob", "hearth"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  // Not V8's cache: that is of what was never run. What the program itself keeps after a run is worth more.
  await writeFile(settings, JSON.stringify({ main: bundle, output: blob, disableExperimentalSEAWarning: true }));
  await run(ourNode, ["--experimental-sea-config", settings]);
  await copyFile(ourNode, program);
  await run(ourNode, [
    join(root, "node_modules/postject/dist/cli.js"),
    program,
    resource,
    blob,
    "--sentinel-fuse",
    fuse,
  ]);
}

// Run by itself it says where that is.
if (import.meta.main) console.log(await singleExecutable());

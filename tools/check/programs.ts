import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { collect } from "../launch/collect.mjs";

/** A program that tests run; `needs("name")` of the testkit skips what needs it where it is missing. */
export interface Program {
  readonly name: string;
  /** What brings it on Debian. */
  readonly debianPackage: string;
}

export const programs: readonly Program[] = [
  { name: "bwrap", debianPackage: "bubblewrap" },
  { name: "chromium", debianPackage: "chromium" },
  { name: "git", debianPackage: "git" },
  { name: "rsync", debianPackage: "rsync" },
  { name: "scp", debianPackage: "openssh-client" },
  { name: "sftp", debianPackage: "openssh-client" },
  { name: "ssh", debianPackage: "openssh-client" },
  { name: "ssh-keygen", debianPackage: "openssh-client" },
];

export function findMissing(path: string): Program[] {
  return programs.filter(({ name }) => !path.split(delimiter).some((directory) => isExecutable(join(directory, name))));
}

/** Debian's packages of the programs, each once, in order. Pure. */
export function packagesOf(missing: readonly Program[]): string[] {
  return [...new Set(missing.map((program) => program.debianPackage))].toSorted();
}

/** Installs them from Debian, as root. Resolves with what went wrong, nothing when all went well. */
export async function installPrograms(missing: readonly Program[]): Promise<string | undefined> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const steps = [
    ["update", "--quiet"],
    ["install", "--quiet", "--yes", "--no-install-recommends", ...packagesOf(missing)],
  ];
  for (const args of steps) {
    const { code, output } = await collect("apt-get", args, { env });
    if (code !== 0) return `apt-get ${args.join(" ")} failed:\n${output.trim().split("\n").slice(-20).join("\n")}`;
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

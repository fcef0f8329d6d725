import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { collect } from "../launch/collect.mjs";

/** A program that tests run; `needs("name")` of the testkit skips what needs it where it is missing. */
export type Program = { readonly name: string } & (
  | {
      /** What brings it on Debian. */
      readonly debianPackage: string;
    }
  | {
      /** What brings it from npm, with its version. Too large to be a dependency of everybody's. */
      readonly npmPackage: string;
    }
);

export const programs: readonly Program[] = [
  { name: "bwrap", debianPackage: "bubblewrap" },
  { name: "bun", npmPackage: "bun@1.4.5" },
  { name: "chromium", debianPackage: "chromium" },
  { name: "deno", npmPackage: "deno@2.9.6" },
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

/** What installs the programs, as root, with each package once and in order. Pure. */
export function commandsFor(missing: readonly Program[]): string[][] {
  const once = (packages: string[]) => [...new Set(packages)].toSorted();
  const debian = once(missing.flatMap((program) => ("debianPackage" in program ? [program.debianPackage] : [])));
  const npm = once(missing.flatMap((program) => ("npmPackage" in program ? [program.npmPackage] : [])));
  return [
    ...(debian.length === 0
      ? []
      : [
          ["apt-get", "update", "--quiet"],
          ["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", ...debian],
        ]),
    ...(npm.length === 0 ? [] : [["npm", "install", "--global", "--no-audit", "--no-fund", ...npm]]),
  ];
}

/** Installs them, as root. Resolves with what went wrong, nothing when all went well. */
export async function installPrograms(missing: readonly Program[]): Promise<string | undefined> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const [program = "", ...args] of commandsFor(missing)) {
    const { code, output } = await collect(program, args, { env });
    if (code !== 0) {
      return `${program} ${args.join(" ")} failed:\n${output.trim().split("\n").slice(-20).join("\n")}`;
    }
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

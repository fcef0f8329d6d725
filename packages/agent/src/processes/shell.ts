import { existsSync } from "node:fs";
import { userInfo } from "node:os";

/**
 * The shell of the user the agent runs as: what the password database says, else `$SHELL`, else the first that exists
 * of bash and sh. A sandbox often has no entry for its user, so nothing here may fail.
 */
export function findLoginShell(env: Readonly<Record<string, string | undefined>>): string {
  const candidates = [shellOfUser(), env.SHELL, "/bin/bash", "/usr/bin/bash"];
  return candidates.find((path) => path !== undefined && isUsableShell(path) && existsSync(path)) ?? "/bin/sh";
}

function shellOfUser(): string | undefined {
  try {
    return userInfo().shell ?? undefined;
  } catch {
    return undefined; // no entry for this uid: common in containers
  }
}

/** Accounts of services have a "shell" that refuses; whoever runs an agent under one still wants to work. */
function isUsableShell(path: string): boolean {
  return path !== "" && !path.endsWith("/nologin") && !path.endsWith("/false");
}

import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Logger } from "@hearth/base";
import type { WorkspaceSecret } from "@hearth/wire/agent-proto";
import { expandPath } from "#environment/expand.ts";

/**
 * Writes the secrets that are to be files, readable by our user only. A file is replaced in one step, so nobody reads
 * half a secret. One that cannot be written is logged and does not hold up the others.
 */
export async function writeSecretFiles(
  secrets: readonly WorkspaceSecret[],
  { env, home, log }: { env: Readonly<Record<string, string>>; home: string; log: Logger },
): Promise<void> {
  for (const { filePath, value } of secrets) {
    if (filePath === "") continue;
    const path = expandPath(filePath, { env, home, base: home });
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const draft = `${path}.hearth-${process.pid}`;
      await writeFile(draft, value, { mode: 0o600 });
      await chmod(draft, 0o600); // a draft left by a crash keeps the mode it had
      await rename(draft, path);
    } catch (error) {
      log.warn({ err: error, path }, "secret could not be written to its file");
    }
  }
}

import { randomInt } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../config/index.ts";
import type { Db } from "../database/index.ts";
import { countUsers, createFirstUser } from "../identity/index.ts";

export interface OwnerAccount {
  readonly userId: string;
  readonly username: string;
  readonly email: string;
  /** Only when this start made it up; an operator's own is not repeated. */
  readonly generatedPassword: string | undefined;
  readonly passwordFile: string | undefined;
}

const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

/**
 * Makes the owner on the first start; undefined when there are users already. A generated password is kept in the data
 * directory for its owner alone (mode 0600), before the account is made: a crash in between loses nothing.
 */
export async function ensureOwner(db: Db, config: Config, nowMs: number): Promise<OwnerAccount | undefined> {
  if ((await countUsers(db)) > 0) return undefined;
  const username = config.firstUser.username ?? "admin";
  const email = config.firstUser.email ?? `${username}@hearth.local`;
  const file = join(config.dataDir, "owner-password");
  const generated = config.firstUser.password === undefined ? await keepPassword(file) : undefined;
  const password = config.firstUser.password ?? generated ?? "";
  const { userId } = await createFirstUser(db, { email, username, name: "", password }, nowMs);
  return {
    userId,
    username,
    email,
    generatedPassword: generated,
    passwordFile: generated === undefined ? undefined : file,
  };
}

async function keepPassword(file: string): Promise<string> {
  const password = Array.from({ length: 20 }, () => alphabet[randomInt(alphabet.length)]).join("");
  try {
    const handle = await open(file, "wx", 0o600);
    await handle.writeFile(`${password}\n`);
    await handle.close();
    return password;
  } catch (error) {
    // A start that was cut before it made the account left one: it is as good.
    if (error instanceof Error && "code" in error && error.code === "EEXIST")
      return (await readFile(file, "utf8")).trim();
    throw error;
  }
}

import { join } from "node:path";
import type { Context } from "../access/index.ts";
import { ConfigError, type Config } from "../config/index.ts";
import type { Db, Tx } from "../ground/database/index.ts";
import {
  ensureOwnerUser,
  faultOfEmail,
  faultOfName,
  faultOfPassword,
  isNameInUse,
  verifyPassword,
  type NewOwner,
} from "../identity/index.ts";
import { keepPassword, readKeptPassword } from "./kept-password.ts";

export interface OwnerAccount {
  readonly userId: string;
  readonly email: string;
  /** Whether this start made it. */
  readonly isNew: boolean;
  /** Only when this start made it up: to be shown once, on the console. */
  readonly generatedPassword: string | undefined;
  /** Where the account's generated password lies, as long as it is the account's. */
  readonly passwordFile: string | undefined;
}

const standardName = "admin";

/**
 * Sees to it that there is an owner who can act, before anybody can ask for one: of a database without users, and of one
 * whose owners are gone. As configured; what is not configured is made up, and a made-up password is kept in the data
 * directory before the account is made, so that a start that is killed in between leaves a way in.
 * @throws ConfigError when what is configured cannot be an account
 */
export async function ensureOwner(
  ctx: Context,
  db: Db,
  config: Pick<Config, "dataDir" | "firstUser">,
  nowMs: number,
): Promise<OwnerAccount> {
  const file = join(config.dataDir, "owner-password");
  const made: { password?: string } = {};
  const { user, isNew } = await ensureOwnerUser(
    ctx,
    db,
    async (tx) => {
      const names = await namesOf(tx, config.firstUser);
      const { password } = config.firstUser;
      if (password !== undefined) return { ...names, password };
      made.password = await keepPassword(file);
      return { ...names, password: made.password };
    },
    nowMs,
  );
  const generatedPassword = isNew ? made.password : undefined;
  const isKept = isNew ? generatedPassword !== undefined : await opens(file, user.password_hash);
  return { userId: user.id, email: user.email, isNew, generatedPassword, passwordFile: isKept ? file : undefined };
}

async function namesOf(tx: Tx, given: Config["firstUser"]): Promise<Omit<NewOwner, "password">> {
  const username = given.username ?? (await freeName(tx, given.email === undefined));
  const email = given.email ?? addressOf(username);
  refuse("HEARTH_FIRST_USER_USERNAME", faultOfName(username));
  refuse("HEARTH_FIRST_USER_EMAIL", faultOfEmail(email));
  if (given.password !== undefined) refuse("HEARTH_FIRST_USER_PASSWORD", faultOfPassword(given.password));
  const taken = "belongs to an account that is no owner, or suspended: give one that nobody has";
  if (await isNameInUse(tx, { username })) refuse("HEARTH_FIRST_USER_USERNAME", `"${username}" ${taken}`);
  if (await isNameInUse(tx, { email })) refuse("HEARTH_FIRST_USER_EMAIL", `"${email}" ${taken}`);
  return { username, email };
}

function addressOf(username: string): string {
  return `${username}@hearth.local`;
}

/** `admin`, or the first of `admin-2`, `admin-3` … that nobody has: where the owners are gone, their names may not be. */
async function freeName(tx: Tx, needsAddress: boolean): Promise<string> {
  for (let count = 1; ; count++) {
    const username = count === 1 ? standardName : `${standardName}-${count}`;
    const isTaken =
      (await isNameInUse(tx, { username })) ||
      (needsAddress && (await isNameInUse(tx, { email: addressOf(username) })));
    if (!isTaken) return username;
  }
}

function refuse(option: string, fault: string | undefined): void {
  if (fault !== undefined) throw new ConfigError(`The owner's account cannot be made: ${option} ${fault}.`);
}

/** Whether the kept password, if there is one, is still the account's. */
async function opens(file: string, hash: string | null): Promise<boolean> {
  const kept = hash === null ? undefined : await readKeptPassword(file);
  return kept !== undefined && hash !== null && (await verifyPassword(kept, hash));
}

import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { Context, Granted, Thing } from "../access/index.ts";
import { recordCredentialChange } from "../audit/index.ts";
import { transaction, type Db, type Tx } from "../ground/database/index.ts";
import { seal, unseal } from "./sealed.ts";
import type { UserWriteDeps } from "./user-writes.ts";

export interface GitSshKey {
  readonly userId: string;
  readonly publicKey: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** An ed25519 pair in OpenSSH's own form. @see https://cvsweb.openbsd.org/src/usr.bin/ssh/PROTOCOL.key */
export function makeSshKeyPair(): { publicKey: string; privateKey: string } {
  const { privateKey } = generateKeyPairSync("ed25519");
  const jwk = privateKey.export({ format: "jwk" });
  const point = Buffer.from(jwk.x ?? "", "base64url");
  const seed = Buffer.from(jwk.d ?? "", "base64url");
  const type = field(Buffer.from("ssh-ed25519"));
  const publicBlob = Buffer.concat([type, field(point)]);
  const check = randomBytes(4);
  const body = Buffer.concat([
    check,
    check,
    type,
    field(point),
    field(Buffer.concat([seed, point])),
    field(Buffer.alloc(0)),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (body.length % 8)) % 8 }, (_, index) => index + 1));
  const none = field(Buffer.from("none"));
  const count = Buffer.from([0, 0, 0, 1]);
  const blob = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    none,
    none,
    field(Buffer.alloc(0)),
    count,
    field(publicBlob),
    field(Buffer.concat([body, padding])),
  ]);
  const lines = blob.toString("base64").match(/.{1,70}/g) ?? [];
  return {
    publicKey: `ssh-ed25519 ${publicBlob.toString("base64")}\n`,
    privateKey: `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`,
  };
}

/** The user's key, made when there is none yet. */
export async function ensureGitSshKey(
  db: Db | Tx,
  sealKey: Buffer,
  granted: Granted<"user:read_personal" | "user:update_personal", Thing>,
  nowMs: number,
): Promise<GitSshKey> {
  const userId = granted.object.id;
  const existing = await findRow(db, userId);
  if (existing !== undefined) return toKey(existing);
  const pair = makeSshKeyPair();
  const now = new Date(nowMs);
  await db
    .insertInto("git_ssh_keys")
    .values({
      user_id: userId,
      sealed_private_key: seal(sealKey, pair.privateKey),
      public_key: pair.publicKey,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await findRow(db, userId);
  if (row === undefined) throw new Error("The git SSH key vanished while it was made.");
  return toKey(row);
}

/** Replaces the user's key; the old one stops working wherever it was registered. */
export async function regenerateGitSshKey(
  ctx: Context,
  { db, clock, pubsub, sealKey }: UserWriteDeps & { readonly sealKey: Buffer },
  granted: Granted<"user:update_personal", Thing>,
): Promise<GitSshKey> {
  const pair = makeSshKeyPair();
  return await transaction(ctx, db, { name: "regenerate_git_ssh_key", clock }, async (tx) => {
    const nowMs = clock.now();
    const { userId } = await ensureGitSshKey(tx, sealKey, granted, nowMs);
    const row = await tx
      .updateTable("git_ssh_keys")
      .set({
        sealed_private_key: seal(sealKey, pair.privateKey),
        public_key: pair.publicKey,
        updated_at: new Date(nowMs),
      })
      .where("user_id", "=", userId)
      .returningAll()
      .executeTakeFirstOrThrow();
    await recordCredentialChange(tx, pubsub, {
      action: "git_ssh_key_changed",
      user: { id: userId },
      credential: { id: userId, name: "" },
      nowMs,
    });
    return toKey(row);
  });
}

/** Both halves, for the owner's agents. */
export async function readGitSshKeyPair(
  db: Db,
  sealKey: Buffer,
  granted: Granted<"user:read_personal", Thing>,
  nowMs: number,
): Promise<{ publicKey: string; privateKey: string }> {
  await ensureGitSshKey(db, sealKey, granted, nowMs);
  const row = await findRow(db, granted.object.id);
  if (row === undefined) throw new Error("The git SSH key vanished while it was read.");
  return { publicKey: row.public_key, privateKey: unseal(sealKey, row.sealed_private_key) };
}

async function findRow(db: Db | Tx, userId: string) {
  return await db.selectFrom("git_ssh_keys").selectAll().where("user_id", "=", userId).executeTakeFirst();
}

function toKey(row: { user_id: string; public_key: string; created_at: Date; updated_at: Date }): GitSshKey {
  return { userId: row.user_id, publicKey: row.public_key, createdAt: row.created_at, updatedAt: row.updated_at };
}

/** A length of four bytes, then the bytes. */
function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
